// The whole company in virtual time against the emulator: a start from a snapshot equals one from the journal alone.
import { afterEach, expect, test } from 'bun:test'
import { MemorySnapshots } from '#store/memory-store'
import { busyBot, World } from './world'

let world: World | null = null
afterEach(() => {
  world?.close()
  world = null
})

test('DAT-02 I10 a start from the snapshot gives the books, orders and holds of a start from the whole journal', () => {
  world = new World({ seed: 'snapshot', bots: [busyBot('busy-btc'), busyBot('busy-eth', 'ETH-USD@kraken')] }).start()
  world.run(12 * 60_000)
  world.company.pause('operator', 'for the night')
  world.run(1_000)
  world.stop()
  expect(world.snapshots.load('company', 7)?.seq).toBeGreaterThan(50)

  const withSnapshot = world.idle().runtime.company
  const fromJournal = world.idle(new MemorySnapshots()).runtime.company

  expect(withSnapshot.portfolio.ledger.snapshot()).toEqual(fromJournal.portfolio.ledger.snapshot())
  expect(withSnapshot.portfolio.scores.snapshot()).toEqual(fromJournal.portfolio.scores.snapshot())
  expect(withSnapshot.portfolio.parts.snapshot()).toEqual(fromJournal.portfolio.parts.snapshot())
  expect(withSnapshot.portfolio.drift.snapshot()).toEqual(fromJournal.portfolio.drift.snapshot())
  expect([...withSnapshot.portfolio.netPositions()]).toEqual([...fromJournal.portfolio.netPositions()])
  expect(withSnapshot.portfolio.lastFillAtMs).toBe(fromJournal.portfolio.lastFillAtMs)
  expect(withSnapshot.memory.snapshot()).toEqual(fromJournal.memory.snapshot())
  expect(withSnapshot.memory.reasons.map((reason) => reason.source)).toEqual(['operator'])
  const shown = (company: typeof withSnapshot) =>
    company.orders.ended().map((record) => [record.clientOrderId, company.orders.stateOf(record), record.filled])
  const all = new Map(shown(fromJournal).map((row) => [row[0], row]))
  for (const row of shown(withSnapshot)) expect(row).toEqual(all.get(row[0]) ?? [])
  expect([...withSnapshot.orders.live()]).toHaveLength([...fromJournal.orders.live()].length)
})
