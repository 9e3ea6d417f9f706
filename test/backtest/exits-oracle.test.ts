import { expect, setDefaultTimeout, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { at, sliceColumns } from '#sim/backtest/columns'
import { SeededRandom } from '#sim/random'
import { DEFAULT_PROTECTION } from '#risk/protection'
import { IS_LONG } from '#test/company/profile'
import { exitByRule, type OracleExit, type OracleLevels } from './exits-oracle'
import { MINUTE, runScript, T0, type Wish } from './scripted'
import { seededBars } from './seeded-bars'

setDefaultTimeout(60_000)

const BARS = 300
const RUNS = IS_LONG ? 2_000 : 150
const EVERY = 25
const TICK = 0.1

/** Bars of a seeded walk with gaps between them, so that opens lie beyond levels too. */
function gappedBars(seed: string) {
  const columns = seededBars(seed, BARS, 4_000)
  const random = new SeededRandom(`gaps/${seed}`)
  let shift = 0
  for (let index = 1; index < columns.count; index++) {
    if (random.next() < 0.2) shift += Math.round(random.normal() * 400) * TICK
    for (const name of ['open', 'high', 'low', 'close'] as const)
      Object.assign(columns[name], { [index]: Math.round((at(columns[name], index) + shift) * 10) / 10 })
  }
  return columns
}

test('SIM-10 PAIN-12 no exit needs a later bar: data that ends anywhere gives the same fills up to there', () => {
  const columns = gappedBars('cut')
  const wishes: Record<number, Wish> = Object.fromEntries(Array.from({ length: BARS / 5 }, (_, index) => [index * 5, { quantity: '1' }]))
  const share = decimal('0.006')
  const plan = {
    instrument: { tickSize: decimal(String(TICK)) },
    capital: decimal('1000000'),
    protection: { ...DEFAULT_PROTECTION, stopLossRatio: share, takeProfitRatio: share, trailingRatio: share },
  }
  const whole = runScript(columns, wishes, plan).fills
  expect(whole.length).toBeGreaterThan(40)
  for (let count = 20; count < BARS; count += 7) {
    const endMs = at(columns.closeAtMs, count - 1) - T0
    expect(runScript(sliceColumns(columns, 0, count), wishes, plan).fills).toEqual(whole.filter(({ atMs }) => atMs < endMs))
  }
})

test('PAIN-12 exits on bars are those of a second reckoning: seeded walks with gaps, long and short, any mix of levels', () => {
  const seen = { stop: 0, trailing: 0, target: 0 }
  for (let run = 0; run < RUNS; run++) {
    const random = new SeededRandom(`exits/${run}`)
    const columns = gappedBars(String(run))
    const isLong = random.next() < 0.5
    const ratio = (scale: number) => (random.next() < 0.3 ? null : Math.round((0.002 + random.next() * scale) * 10_000) / 10_000)
    const levels: OracleLevels = { stopRatio: ratio(0.03), targetRatio: ratio(0.03), trailingRatio: ratio(0.03) }
    const wishes: Record<number, Wish> = {}
    const expected: (OracleExit & { readonly entry: number })[] = []
    for (let index = 0, from = 0; index + 1 < BARS; index += EVERY) {
      // The script asks for the same position again: nothing is done where it is still held.
      wishes[index] = { quantity: isLong ? '1' : '-1' }
      if (index < from) continue
      const exit = exitByRule(columns, index + 1, isLong, levels, TICK)
      if (exit !== null) expected.push({ ...exit, entry: index + 1 })
      from = exit === null ? BARS : exit.bar
    }
    const share = (value: number | null) => (value === null ? null : decimal(String(value)))
    const { fills, result } = runScript(columns, wishes, {
      instrument: { tickSize: decimal(String(TICK)) },
      capital: decimal('1000000'),
      protection: {
        ...DEFAULT_PROTECTION,
        stopLossRatio: share(levels.stopRatio),
        takeProfitRatio: share(levels.targetRatio),
        trailingRatio: share(levels.trailingRatio),
      },
    })
    const exits = fills
      .filter(({ side }) => side === (isLong ? 'sell' : 'buy'))
      .map(({ price, atMs }) => ({ price: Number(price), minute: atMs / MINUTE }))
    expect(exits).toEqual(
      expected.map(({ bar, isAtOpen, price }) => ({
        price: Math.round(price * 10) / 10,
        minute: (at(columns.openAtMs, bar) - T0) / MINUTE + (isAtOpen ? 0 : 0.5),
      })),
    )
    for (const { kind } of expected) seen[kind]++
    const counted = result.report.events.exits ?? {}
    expect(Object.values(counted).reduce((total, count) => total + count, 0)).toBe(expected.length)
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 2)
})
