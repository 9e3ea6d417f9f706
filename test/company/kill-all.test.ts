// Kill-all with a thousand resting orders over the emulated venue in virtual time.
import { describe, expect, test } from 'bun:test'
import { expectAgreement } from './agree'
import { crowdWorld, MARKETS, rests, takePositions } from './crowd'
import { failOneInFive, killAll, silencePrivateStream } from './kill-all'
import { Observer } from './observer'
import { seeds } from './profile'
import { expectReplayEqual } from './replayed'
import type { World } from './world'

const ORDERS = 1_000
/** The venue's REST counter is as empty as in a quiet hour. */
const QUIET_MS = 60_000

const CASES: readonly (readonly [what: string, usesCancelAll: boolean, spoil: (world: World) => void])[] = [
  [
    'one request in five failing and the private stream silent',
    true,
    (world) => {
      failOneInFive(world)
      silencePrivateStream(world)
    },
  ],
  [
    'the same, by batches only',
    false,
    (world) => {
      failOneInFive(world)
      silencePrivateStream(world)
    },
  ],
  ['one request in five failing', true, failOneInFive],
]

describe('RSK-09 RUN-12 kill all', () => {
  for (const [what, usesCancelAll, spoil] of CASES)
    for (const seed of seeds(1, 5))
      test(`with ${what} (${seed}): each order has the venue's evidence of its end, or is told of`, () => {
        const world = crowdWorld(`kill-all/${seed}`, {
          config: (config) => ({ ...config, risk: { ...config.risk, cancelAllCommand: usesCancelAll } }),
        })
        const observer = new Observer(world).attach()
        rests(world, ORDERS / MARKETS.length)
        world.run(QUIET_MS)
        spoil(world)
        const killed = killAll(world)
        expect(killed.orders).toBe(ORDERS)
        expect(killed.coveredMs).toBeLessThan(1_000)
        expect(killed.venueMs).toBeLessThan(10_000)
        expect([...killed.reported].sort()).toEqual([...killed.unproven].sort())
        // The books hold for ended what the venue's record does, and for nothing else.
        const closed = new Map(world.account().closedOrders.map(({ clientId, status }) => [clientId, status]))
        for (const { clientOrderId, isOver } of world.orders()) expect([isOver, closed.get(clientOrderId)]).toEqual([true, 'canceled'])
        expect(killed.evidencedMs).not.toBeNull()
        expect(observer.findings()).toEqual([])
        world.close()
      }, 120_000)

  test('and flatten: nothing is open and nothing is held within 10 s, and the books agree', () => {
    const world = crowdWorld('kill-all/flatten')
    const observer = new Observer(world).attach()
    takePositions(world)
    rests(world, 20)
    failOneInFive(world)
    const killed = killAll(world, true)
    expect(killed.evidencedMs).toBeLessThan(10_000)
    expect(world.control.emergencies()[0]).toMatchObject({ state: 'ENDED', positionsClosed: MARKETS.length, positionsLeft: [] })
    expect(world.account().openOrders).toEqual([])
    world.emulator.faults.clear('all')
    world.run(5_000)
    expectAgreement(world)
    expectReplayEqual(world)
    expect(observer.findings()).toEqual([])
    world.close()
  })

  test('PAIN-08 with the venue’s rate limits, orders so young that single cancels would wait for minutes end at once', () => {
    const world = crowdWorld('kill-all/limits', { emulator: { hasLimits: true } })
    rests(world, 20)
    const startMs = world.clock.timeLineMs
    world.control.emergencyHalt({ kind: 'venue', venueId: 'kraken' }, false, 'young', { name: 'test', address: '127.0.0.1' })
    world.until('none is open', () => world.account().openOrders.length === 0, 2_000)
    expect(world.clock.timeLineMs - startMs).toBeLessThan(200)
    expect(world.record().counters.engineRateLimit ?? 0).toBe(0)
    world.close()
  })
})
