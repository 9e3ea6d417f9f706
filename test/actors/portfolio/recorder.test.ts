import { describe, expect, test } from 'bun:test'
import { MarketCache } from '#actors/market-cache'
import { Portfolio } from '#actors/portfolio/portfolio'
import { PortfolioRecorder } from '#actors/portfolio/recorder'
import { decimal, sum, ZERO } from '#domain/decimal'
import { accountId, assetCode, venueId } from '#domain/ids'
import { DAY_MS } from '#domain/time'
import { VirtualClock } from '#sim/virtual-clock'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { MemoryHistory } from '#store/memory-store'

const KRAKEN = venueId('kraken')
const USD = assetCode('USD')
const AIR = assetCode('AIR')
const START = Date.UTC(2026, 0, 5)
const MINUTE = 60_000

/** A portfolio of dollars and of a coin without a price, kept every five minutes for 30 days, with the clock at hand. */
function rig(history = new MemoryHistory()) {
  const clock = new VirtualClock(START)
  const journal = openMemoryJournal(new MemoryJournalDisk(false), clock)
  const rules = { valuationAsset: USD, pairOverrides: {}, excludedAssets: [] }
  const portfolio = new Portfolio({
    clock,
    journal,
    market: new MarketCache(clock),
    rules,
    method: 'weightedAverage',
    userrefs: new Map(),
    drift: { settleMs: 0, tolerance: decimal(1) },
    accountOf: () => accountId('main@kraken'),
    capital: new Map(),
  })
  const balances = [
    { asset: USD, total: decimal(1_000), reserved: ZERO },
    { asset: AIR, total: decimal(3), reserved: ZERO },
  ]
  portfolio.cash.open(KRAKEN, balances, [])
  const warned: unknown[] = []
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: (_: string, details: unknown) => warned.push(details), error: quiet, fatal: quiet }
  const make = () =>
    new PortfolioRecorder({ clock, journal, log, history, portfolio, rules, everyMs: 5 * MINUTE, retentionMs: 30 * DAY_MS })
  return { clock, journal, portfolio, history, warned, make }
}

const ALL = [0, Number.MAX_SAFE_INTEGER, 100_000] as const

describe('snapshots of the portfolio (virtual clock)', () => {
  test('PFL-11 are taken when they are due, whole, and each says what stood behind it', () => {
    const { clock, portfolio, make } = rig()
    const recorder = make()
    for (let minute = 0; minute < 12; minute++) {
      recorder.tick()
      clock.advance(MINUTE)
    }
    const kept = recorder.read(...ALL)
    expect(kept.map(({ atMs }) => (atMs - START) / MINUTE)).toEqual([0, 5, 10])
    expect(kept[0]).toMatchObject({ equity: '1000', cash: '1000', flows: '1000', isPartial: true, seq: 1 } as never)
    expect(kept[0]?.assets).toMatchObject([
      { asset: 'AIR', quantity: '3', value: '0', source: '', isUnvalued: true },
      { asset: 'USD', quantity: '1000', value: '1000', source: 'USD', isUnvalued: false },
    ] as never)
    for (const { equity, flows, realizedPnl, unrealizedPnl } of kept) expect(equity).toBe(sum([flows, realizedPnl, unrealizedPnl]))
    expect(portfolio.performance(null).equity).toBe(kept[0]?.equity ?? ZERO)
  })

  test('PFL-11 live for 30 days and no longer, and the ledger is the same whatever is pruned', () => {
    const { clock, portfolio, make } = rig()
    const recorder = make()
    const ledger = portfolio.ledger.snapshot()
    const headSeq = portfolio.ledger.idCount
    for (let hour = 0; hour < 40 * 24; hour++) {
      recorder.tick()
      clock.advance(DAY_MS / 24)
    }
    const kept = recorder.read(...ALL)
    expect(kept).toHaveLength(30 * 24 + 1)
    expect(kept[0]?.atMs).toBe(START + (40 * 24 - 1) * (DAY_MS / 24) - 30 * DAY_MS)
    expect(portfolio.ledger.snapshot()).toEqual(ledger)
    expect(portfolio.ledger.idCount).toBe(headSeq)
  })

  test('PFL-11 go on after a restart where they left off, and at once after a clock that was set back', () => {
    const { clock, history, make } = rig()
    make().tick()
    clock.advance(MINUTE)
    make().tick()
    expect(history.read(...ALL)).toHaveLength(1)
    clock.advance(4 * MINUTE)
    make().tick()
    expect(history.read(...ALL)).toHaveLength(2)
    history.save({ ...(history.read(...ALL)[0] as NonNullable<ReturnType<typeof history.read>[0]>), atMs: START + DAY_MS })
    make().tick()
    expect(history.read(...ALL)).toHaveLength(3)
  })

  test('PFL-05 warn once of an asset that has no price', () => {
    const { warned, make } = rig()
    const recorder = make()
    recorder.take()
    recorder.take()
    expect(warned).toEqual([{ asset: AIR, quantity: decimal(3) }])
  })
})
