import { type Decimal, decimal, decimalFromNumber } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { FeeTier } from '#sim/engine/fee-tier'
import type { EngineAsset } from '#sim/engine/types'
import { PAST_BARS } from './recording'
import type { MarketInstrument, PriceSource, Universe } from './types'

const d = (text: string): Decimal => decimal(text)

/** The spot schedule of the protocol sheet §7: least 30-day volume, maker percent, taker percent. */
const KRAKEN_TIERS: readonly FeeTier[] = (
  [
    ['0', '0.25', '0.40'],
    ['10000', '0.20', '0.35'],
    ['50000', '0.14', '0.24'],
    ['100000', '0.12', '0.22'],
    ['250000', '0.10', '0.20'],
    ['500000', '0.08', '0.18'],
    ['1000000', '0.06', '0.16'],
    ['2500000', '0.04', '0.14'],
    ['5000000', '0.02', '0.12'],
    ['10000000', '0', '0.10'],
  ] as const
).map(([volumeMin, maker, taker]) => ({ volumeMin: d(volumeMin), makerPercent: d(maker), takerPercent: d(taker) }))

const KRAKEN_ASSETS: readonly EngineAsset[] = [
  { code: 'USD', scale: 4 },
  { code: 'BTC', scale: 10 },
  { code: 'ETH', scale: 10 },
  { code: 'SOL', scale: 10 },
  { code: 'XRP', scale: 8 },
]

interface Row {
  readonly base: string
  readonly tick: string
  readonly priceScale: number
  readonly quantityMin: string
  readonly startPrice: string
  readonly volatilityBps: number
  readonly spreadBps: number
  readonly volumePerMinute: number
}

const KRAKEN_ROWS: readonly Row[] = [
  {
    base: 'BTC',
    tick: '0.1',
    priceScale: 1,
    quantityMin: '0.00005',
    startPrice: '64000',
    volatilityBps: 5,
    spreadBps: 1.5,
    volumePerMinute: 600_000,
  },
  {
    base: 'ETH',
    tick: '0.01',
    priceScale: 2,
    quantityMin: '0.001',
    startPrice: '3200',
    volatilityBps: 6,
    spreadBps: 2,
    volumePerMinute: 350_000,
  },
  {
    base: 'SOL',
    tick: '0.01',
    priceScale: 2,
    quantityMin: '0.02',
    startPrice: '150',
    volatilityBps: 8,
    spreadBps: 2.5,
    volumePerMinute: 150_000,
  },
  {
    base: 'XRP',
    tick: '0.00001',
    priceScale: 5,
    quantityMin: '2',
    startPrice: '0.6',
    volatilityBps: 8,
    spreadBps: 3,
    volumePerMinute: 120_000,
  },
]

function krakenInstrument(row: Row): MarketInstrument {
  return {
    instrument: {
      symbol: `${row.base}/USD`,
      base: row.base,
      quote: 'USD',
      tickSize: d(row.tick),
      priceScale: row.priceScale,
      quantityScale: 8,
      costScale: 5,
      quantityMin: d(row.quantityMin),
      costMin: d('0.5'),
      feeTiers: KRAKEN_TIERS,
    },
    startPrice: d(row.startPrice),
    volatilityBps: row.volatilityBps,
    spreadBps: row.spreadBps,
    volumePerMinute: row.volumePerMinute,
  }
}

/** Returns the sandbox's Kraken: four pairs against USD on their real grids, and an account of 100,000 USD. */
export function krakenUniverse(): Universe {
  return {
    assets: KRAKEN_ASSETS,
    instruments: KRAKEN_ROWS.map(krakenInstrument),
    deposits: [{ asset: 'USD', amount: d('100000') }],
  }
}

/**
 * Returns the universe as a price source needs it: unchanged for a seeded path; for a replay the recorded instrument alone, with
 * start price and volume taken from the recording's past.
 * @throws {InvariantError} when the universe lacks the symbol.
 */
export function universeFor(universe: Universe, source: PriceSource): Universe {
  if (source.kind === 'seeded') return universe
  const { recording, symbol } = source
  const found = mustExist(
    universe.instruments.find(({ instrument }) => instrument.symbol === symbol),
    `the universe has no ${symbol}`,
  )
  const startPrice = decimalFromNumber(recording.open[PAST_BARS] as number, found.instrument.priceScale)
  let value = 0
  for (let index = 0; index < PAST_BARS; index++) value += (recording.volume[index] as number) * (recording.close[index] as number)
  return { ...universe, instruments: [{ ...found, startPrice, volumePerMinute: Math.max(1, value / PAST_BARS) }] }
}
