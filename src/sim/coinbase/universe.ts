import { type Decimal, decimal, scaleOf } from '#domain/decimal'
import type { FeeTier } from '#sim/engine/fee-tier'
import type { MarketInstrument, Universe } from '#sim/market/types'

const d = (text: string): Decimal => decimal(text)

/** A step of the fee schedule with the name that `transaction_summary` gives it. */
export interface NamedTier extends FeeTier {
  readonly name: string
}

/**
 * The schedule of the protocol sheet §5: thresholds, entry and top rates are reported, the rates between them nobody has published
 * and fall evenly here. A client must read its own.
 */
export const COINBASE_TIERS: readonly NamedTier[] = (
  [
    ['Intro', '0', '0.5', '0.9'],
    ['Advanced 1', '10000', '0.4', '0.7'],
    ['Advanced 2', '50000', '0.25', '0.4'],
    ['Advanced 3', '250000', '0.125', '0.25'],
    ['VIP 1', '1000000', '0.075', '0.16'],
    ['VIP 2', '5000000', '0.06', '0.12'],
    ['VIP 3', '20000000', '0.05', '0.1'],
    ['VIP 4', '50000000', '0.03', '0.08'],
    ['VIP 5', '100000000', '0.02', '0.06'],
    ['VIP 6', '200000000', '0.01', '0.04'],
    ['VIP 7', '500000000', '0', '0.03'],
    ['VIP 8', '1000000000', '0', '0.02'],
  ] as const
).map(([name, volumeMin, maker, taker]) => ({
  name,
  volumeMin: d(volumeMin),
  makerPercent: d(maker),
  takerPercent: d(taker),
}))

/** Digits of executions, costs and balances: orders sized in quote leave none of their money over within the 16 that are shown. */
const EXACT_SCALE = 24

interface Row {
  readonly base: string
  readonly quote: string
  readonly tick: string
  readonly baseIncrement: string
  readonly guardPercent: string
  readonly startPrice: string
  readonly volatilityBps: number
  readonly spreadBps: number
  readonly volumePerMinute: number
}

const major = { tick: '0.01', baseIncrement: '0.00000001', guardPercent: '2', quote: 'USD' } as const

const ROWS: readonly Row[] = [
  { ...major, base: 'BTC', startPrice: '64000', volatilityBps: 5, spreadBps: 1.5, volumePerMinute: 600_000 },
  { ...major, base: 'ETH', startPrice: '3200', volatilityBps: 6, spreadBps: 2, volumePerMinute: 350_000 },
  { ...major, base: 'SOL', guardPercent: '3', startPrice: '150', volatilityBps: 8, spreadBps: 2.5, volumePerMinute: 150_000 },
  {
    base: 'XRP',
    quote: 'USD',
    tick: '0.0001',
    baseIncrement: '0.000001',
    guardPercent: '3',
    startPrice: '0.6',
    volatilityBps: 8,
    spreadBps: 3,
    volumePerMinute: 120_000,
  },
  {
    base: 'USDT',
    quote: 'USDC',
    tick: '0.00001',
    baseIncrement: '0.01',
    guardPercent: '3',
    startPrice: '0.9998',
    volatilityBps: 0.2,
    spreadBps: 0.2,
    volumePerMinute: 200_000,
  },
]

function instrumentOf(row: Row, tiers: readonly FeeTier[]): MarketInstrument {
  const { startPrice, volatilityBps, spreadBps, volumePerMinute } = row
  return {
    instrument: {
      symbol: `${row.base}-${row.quote}`,
      base: row.base,
      quote: row.quote,
      tickSize: d(row.tick),
      priceScale: scaleOf(d(row.tick)),
      quantityScale: scaleOf(d(row.baseIncrement)),
      costScale: EXACT_SCALE,
      fillScale: EXACT_SCALE,
      guardPercent: d(row.guardPercent),
      // The face refuses by the product's own bounds; the engine's are below everything.
      quantityMin: d('0.00000000000000000001'),
      costMin: d('0.00000000000000000001'),
      feeTiers: tiers,
    },
    startPrice: d(startPrice),
    volatilityBps,
    spreadBps,
    volumePerMinute,
  }
}

/**
 * Returns the sandbox's Coinbase: four books against USD, each with its USDC alias, the book of USDT in USDC, and an account of
 * 100,000 USD. Books are named by their canonical product id.
 */
export function coinbaseUniverse(tiers: readonly FeeTier[] = COINBASE_TIERS): Universe {
  return {
    assets: ['USD', 'USDC', 'BTC', 'ETH', 'SOL', 'XRP', 'USDT'].map((code) => ({ code, scale: EXACT_SCALE })),
    instruments: ROWS.map((row) => instrumentOf(row, tiers)),
    deposits: [{ asset: 'USD', amount: d('100000') }],
  }
}
