import { decimal } from '#domain/decimal'
import { sha256Hex } from '#domain/digest'
import { canonicalJson } from '#domain/json'
import { createEngine } from '#sim/engine/engine'
import type { HouseEngine } from '#sim/engine/house-types'
import type { EngineEvent, OrderRequest } from '#sim/engine/types'
import { createMarket } from '#sim/market/market'
import { parseRecording } from '#sim/market/recording'
import type { PriceSource, Recording, SimMarket } from '#sim/market/types'
import { krakenUniverse, universeFor } from '#sim/market/universe'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'

export const MINUTE = 60_000
export const START_MS = Date.UTC(2026, 0, 5, 10, 0, 0)

export interface MarketBench {
  readonly engine: HouseEngine
  readonly market: SimMarket
  readonly clock: VirtualClock
  readonly events: EngineEvent[]
}

export interface MarketSetting {
  readonly seed?: string
  readonly startMs?: number
  readonly source?: PriceSource
  readonly stepMs?: number
}

/** A market over an engine on a virtual clock, not yet started; account `alice` has 100,000 USD. */
export function openMarket(setting: MarketSetting = {}): MarketBench {
  const source = setting.source ?? { kind: 'seeded' }
  const universe = universeFor(krakenUniverse(), source)
  const clock = new VirtualClock(setting.startMs ?? START_MS)
  const engine = createEngine(
    {
      assets: universe.assets,
      instruments: universe.instruments.map((one) => one.instrument),
      mintId: (kind, ordinal) => `${kind}-${ordinal}`,
      postOnlyCross: 'refuse',
      protectionPercent: decimal('5'),
      printsMax: 1_000,
      closedOrdersMax: 1_000,
    },
    clock,
  )
  engine.openAccount('alice')
  for (const { asset, amount } of universe.deposits) engine.deposit('alice', asset, amount)
  const market = createMarket({
    engine,
    clock,
    universe,
    source,
    seed: setting.seed ?? '42',
    stepMs: setting.stepMs ?? 1_000,
    tradeEveryMs: 5_000,
  })
  const events: EngineEvent[] = []
  engine.listen((event) => events.push(event))
  return { engine, market, clock, events }
}

export function order(change: Partial<OrderRequest>): OrderRequest {
  return {
    accountId: 'alice',
    symbol: 'BTC/USD',
    side: 'buy',
    type: 'limit',
    quantity: decimal('0.1'),
    quantityIn: 'base',
    limitPrice: null,
    triggerPrice: null,
    trailing: null,
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    feeIn: 'quote',
    selfTrade: 'cancelNewest',
    clientId: null,
    extra: {},
    ...change,
  }
}

export function hashOf(events: readonly EngineEvent[]): string {
  return sha256Hex(events.map((event) => canonicalJson({ ...event } as never)).join('\n'))
}

/** CSV text of a recording: a seeded walk of whole dollars, bars one minute apart. */
export function recordingText(bars: number, form: 'close' | 'open' = 'open'): string {
  const random = new SeededRandom('recording')
  const firstMs = Date.UTC(2022, 0, 1)
  let close = 46_000
  const lines = [form === 'close' ? 'close_time_ms,open,high,low,close,quote_volume' : 'open_time_ms,open,high,low,close,volume']
  for (let index = 0; index < bars; index++) {
    const open = close
    close = open + random.integer(81) - 40
    const high = Math.max(open, close) + random.integer(20)
    const low = Math.min(open, close) - random.integer(20)
    const volume = form === 'close' ? (1 + random.integer(9)) * ((open + high + low + close) / 4) : 1 + random.integer(9)
    const time = firstMs + index * MINUTE + (form === 'close' ? MINUTE : 0)
    lines.push([time, open, high, low, close, volume].map(String).join(','))
  }
  return `${lines.join('\n')}\n`
}

export function recordingOf(bars: number, form: 'close' | 'open' = 'open'): Recording {
  return parseRecording('bars.csv', recordingText(bars, form))
}
