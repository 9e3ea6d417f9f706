import { type Decimal, decimal } from '#domain/decimal'
import { createEngine } from '#sim/engine/engine'
import type { EngineOptions, HouseEngine } from '#sim/engine/house-types'
import type { EngineEvent, EngineInstrument, EngineOrder, OrderRequest, PlaceResult } from '#sim/engine/types'
import { VirtualClock } from '#sim/virtual-clock'

export const d = (text: string): Decimal => decimal(text)

export const START_MS = Date.UTC(2026, 0, 5, 10, 0, 0)

/** A pair on a coarse grid, so that figures in tests stay readable: ticks of 0.5, lots of 0.001, fees 0.1 and 0.2 percent. */
export const PAIR: EngineInstrument = {
  symbol: 'AAA/USD',
  base: 'AAA',
  quote: 'USD',
  tickSize: d('0.5'),
  priceScale: 1,
  quantityScale: 3,
  costScale: 5,
  quantityMin: d('0.01'),
  costMin: d('0.5'),
  feeTiers: [
    { volumeMin: d('0'), makerPercent: d('0.1'), takerPercent: d('0.2') },
    { volumeMin: d('10000'), makerPercent: d('0.05'), takerPercent: d('0.1') },
  ],
}

export const OPTIONS: EngineOptions = {
  assets: [
    { code: 'USD', scale: 4 },
    { code: 'AAA', scale: 8 },
  ],
  instruments: [PAIR],
  mintId: (kind, ordinal) => `${kind[0]?.toUpperCase()}${ordinal}`,
  postOnlyCross: 'refuse',
  protectionPercent: d('10'),
  printsMax: 100,
  closedOrdersMax: 1_000,
}

export interface Bench {
  readonly engine: HouseEngine
  readonly clock: VirtualClock
  readonly events: EngineEvent[]
}

/** An engine on a virtual clock with accounts `alice` and `bob`, each with 10,000 USD and 100 AAA; events of the set-up are dropped. */
export function openBench(options: Partial<EngineOptions> = {}): Bench {
  const clock = new VirtualClock(START_MS)
  const engine = createEngine({ ...OPTIONS, ...options }, clock)
  const events: EngineEvent[] = []
  for (const accountId of ['alice', 'bob']) {
    engine.openAccount(accountId)
    engine.deposit(accountId, 'USD', d('10000'))
    engine.deposit(accountId, 'AAA', d('100'))
  }
  engine.house('AAA/USD').setReference(1_000)
  engine.listen((event) => events.push(event))
  return { engine, clock, events }
}

export function request(change: Partial<OrderRequest> & { readonly limit?: string; readonly volume?: string }): OrderRequest {
  const { limit, volume, ...rest } = change
  return {
    accountId: 'alice',
    symbol: 'AAA/USD',
    side: 'buy',
    type: 'limit',
    quantity: d(volume ?? '1'),
    quantityIn: 'base',
    limitPrice: limit === undefined ? null : d(limit),
    triggerPrice: null,
    trailing: null,
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    feeIn: 'quote',
    selfTrade: 'cancelNewest',
    clientId: null,
    extra: {},
    ...rest,
  }
}

/** Places and expects acceptance. */
export function placed(engine: HouseEngine, change: Parameters<typeof request>[0]): EngineOrder {
  const result: PlaceResult = engine.place(request(change))
  if (result.kind !== 'accepted') throw new Error(`expected acceptance, got ${JSON.stringify(result)}`)
  return result.order
}

/** Returns the code of a refusal, or the result's kind. */
export function codeOf(result: { readonly kind: string; readonly code?: string }): string {
  return result.code ?? result.kind
}

export function balance(engine: HouseEngine, accountId: string, asset: string): { readonly total: string; readonly held: string } {
  const found = engine.balances(accountId).find((one) => one.asset === asset)
  return { total: found?.total ?? '0', held: found?.held ?? '0' }
}
