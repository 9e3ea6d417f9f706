import { describe, expect, test } from 'bun:test'
import { bookedBalances, bookedOpenOrders } from '#sim/world/books'
import { expectAgreement } from './agree'
import { Observer } from './observer'
import { IS_LONG } from './profile'
import { expectReplayEqual } from './replayed'
import { atRest } from './rest'
import { busyBot, World } from './world'

/** Length of the recorded session, ms. */
const SESSION_MS = IS_LONG ? 300_000 : 90_000
/** The short profile tears every so many offsets; `crash-matrix.test.ts` has the long session. */
const EVERY = IS_LONG ? 1 : 3

function session(): World {
  const parameters = { stepMs: 4_000, awayBps: 3, notionalSmall: 100, notionalLarge: 200 }
  return new World({ seed: 'pain-03', bots: [busyBot('busy', 'BTC-USD@kraken', { cycleMs: 4_000, parameters })] })
}

function books(world: World): unknown {
  const positions = world.company.portfolio.ledger
    .positions()
    .map(({ netQuantity, entryPrice, realizedPnl }) => ({ netQuantity, entryPrice, realizedPnl }))
  return { orders: bookedOpenOrders(world), balances: bookedBalances(world), positions }
}

describe('PAIN-03 EXE-12 a crash at every journal offset', () => {
  const recorded = session().start()
  recorded.trading().run(SESSION_MS)
  const length = recorded.disk.headSeq
  recorded.close()
  let compared = 0

  test(`a session of ${SESSION_MS / 1_000} virtual s (${length} entries) torn at every offset of ${EVERY}: books equal the emulator's, and a second restart changes nothing`, () => {
    for (let offset = 1; offset <= length; offset += EVERY) crashAt(offset)
    expect(compared).toBeGreaterThan(length / EVERY / 2)
  }, 900_000)

  function crashAt(offset: number): void {
    const world = session()
    const observer = new Observer(world)
    try {
      world.disk.tearAt(offset, () => world.crash())
      world.start()
      observer.attach()
      while (world.isAlive) world.step()
      expect(world.disk.headSeq).toBe(offset)
      world.start()
      observer.attach()
      atRest(world)
      expectAgreement(world, true)
      expectReplayEqual(world)
      const once = books(world)
      const executed = world.account().fills.length
      world.crash().run(50).start()
      observer.attach()
      atRest(world)
      expectAgreement(world, true)
      // The market goes on meanwhile: where it met a resting order, only the agreement above can be asked for.
      if (world.account().fills.length === executed) {
        expect(books(world)).toEqual(once)
        compared++
      }
      expect(observer.findings()).toEqual([])
      for (const [id, use] of Object.entries(world.record().clientIds.byId)) expect(use.accepted, id).toBe(1)
    } catch (error) {
      throw new Error(`offset ${offset} of ${length}: ${error instanceof Error ? error.message : String(error)}\n${world.describe()}`, {
        cause: error,
      })
    } finally {
      world.close()
    }
  }
})
