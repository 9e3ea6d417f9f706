import { type Decimal, decimal } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { createEngine } from '#sim/engine/engine'
import type { HouseEngine } from '#sim/engine/house-types'
import type { EngineFill, EngineInstrument, OrderRequest } from '#sim/engine/types'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import type { Rates } from './recompute'

/** Who may own an order: two bots, a strategy of another program, and nobody. */
export const OWNERS = ['alpha', 'beta', 'external:grid', 'external'] as const
export type Owner = (typeof OWNERS)[number]

const SYMBOLS = ['AAA/USD', 'BBB/EUR', 'BBB/AAA'] as const
const ASSETS = ['USD', 'EUR', 'AAA', 'BBB', 'TOK'] as const
/** Price units of each pair around which the session trades, at one digit after the point. */
const MIDS: Readonly<Record<(typeof SYMBOLS)[number], number>> = { 'AAA/USD': 1_000, 'BBB/EUR': 250, 'BBB/AAA': 30 }
const TIERS = [{ volumeMin: decimal(0), makerPercent: decimal('0.16'), takerPercent: decimal('0.26') }]

function instrumentOf(symbol: (typeof SYMBOLS)[number], index: number): EngineInstrument {
  const [base = '', quote = ''] = symbol.split('/')
  return {
    symbol,
    base,
    quote,
    tickSize: decimal('0.1'),
    priceScale: 1,
    quantityScale: 3 + index,
    costScale: 5 + index,
    quantityMin: decimal('0.01'),
    costMin: decimal('0.001'),
    feeTiers: TIERS,
  }
}

/** Something that the books hear, in the order in which it happened. */
export type SessionEvent =
  | { readonly kind: 'deposit'; readonly asset: string; readonly amount: Decimal; readonly rates: Rates }
  | { readonly kind: 'fill'; readonly fill: EngineFill; readonly owner: Owner; readonly rates: Rates }

export interface Session {
  readonly events: readonly SessionEvent[]
  readonly closing: Rates
  /** What the engine's own ledger rows say of fees, by asset. */
  readonly feeAssets: ReadonlySet<string>
}

/** One random session of one account with several owners at the matching engine: any orders, fees in quote, base and the venue's token. */
export function playSession(seed: string): Session {
  const random = new SeededRandom(`ledger/${seed}`)
  const clock = new VirtualClock(Date.UTC(2026, 0, 5))
  const perQuote = { USD: decimal('12.5'), EUR: decimal('13.1'), AAA: decimal('1250') }
  const engine = createEngine(
    {
      assets: ASSETS.map((code) => ({ code, scale: 10 })),
      instruments: SYMBOLS.map(instrumentOf),
      mintId: (kind, ordinal) => `${kind}-${ordinal}`,
      postOnlyCross: 'cancel',
      protectionPercent: decimal('50'),
      printsMax: 10,
      closedOrdersMax: 1_000,
      ...(random.next() < 0.7 ? { feeToken: { asset: 'TOK', perQuote } } : {}),
    },
    clock,
  )
  engine.openAccount('ours')
  const market = new Market(random)
  const events: SessionEvent[] = []
  const owners = new Map<string, Owner>()
  engine.listen((event) => {
    if (event.kind !== 'orderTrade') return
    const owner = mustExist(owners.get(event.fill.clientId ?? ''), 'a fill of nobody')
    events.push({ kind: 'fill', fill: event.fill, owner, rates: market.rates() })
  })
  for (const [asset, amount] of [
    ['USD', '1000000'],
    ['EUR', '1000000'],
    ['AAA', '10000'],
    ['BBB', '10000'],
    // In some sessions there is not enough of the token for all fees.
    ['TOK', random.next() < 0.5 ? '100000' : '3'],
  ] as const) {
    engine.deposit('ours', asset, decimal(amount))
    events.push({ kind: 'deposit', asset, amount: decimal(amount), rates: market.rates() })
  }
  const steps = 80 + random.integer(160)
  for (let step = 0; step < steps; step++) play(engine, random, market, owners, step)
  clock.advance(1_000)
  engine.close()
  const feeAssets = new Set(events.flatMap((event) => (event.kind === 'fill' && event.fill.fee !== '0' ? [event.fill.feeAsset] : [])))
  return { events, closing: market.rates(), feeAssets }
}

/** Prices of the valuation asset that move at each look, and are missing now and then. */
class Market {
  readonly #random: SeededRandom
  readonly #gaps: number

  constructor(random: SeededRandom) {
    this.#random = random
    this.#gaps = random.next() < 0.3 ? 0.1 : 0
  }

  rates(): Rates {
    const around = (mid: number) => (this.#random.next() < this.#gaps ? null : (mid * (0.9 + this.#random.next() / 5)).toFixed(6))
    return { EUR: around(1.1), AAA: around(100), BBB: around(27), TOK: around(0.08) }
  }
}

function play(engine: HouseEngine, random: SeededRandom, market: Market, owners: Map<string, Owner>, step: number): void {
  const symbol = SYMBOLS[random.integer(SYMBOLS.length)] ?? SYMBOLS[0]
  const desk = engine.house(symbol)
  const mid = MIDS[symbol]
  const near = (bound: number) => Math.max(1, mid + random.integer(2 * bound + 1) - bound)
  const lots = (most: number) => BigInt(1 + random.integer(most)) * 10n ** BigInt(desk.instrument.quantityScale - 3)
  const kind = random.next()
  if (kind < 0.35) desk.quote(random.next() < 0.5 ? 'buy' : 'sell', near(Math.ceil(mid / 20)), lots(3_000))
  else if (kind < 0.5) desk.take(random.next() < 0.5 ? 'buy' : 'sell', lots(2_000), null)
  else if (kind < 0.57) {
    const [order] = engine.openOrders('ours')
    if (order !== undefined) engine.cancel(order.orderId, 'userRequested')
  } else {
    const clientId = `c${step}`
    owners.set(clientId, OWNERS[random.integer(OWNERS.length)] ?? 'external')
    const isMarket = random.next() < 0.3
    const request: OrderRequest = {
      accountId: 'ours',
      symbol,
      side: random.next() < 0.5 ? 'buy' : 'sell',
      type: isMarket ? 'market' : 'limit',
      quantity: decimal((0.01 + random.integer(4_000) / 1_000).toFixed(3)),
      quantityIn: 'base',
      limitPrice: isMarket ? null : decimal((near(Math.ceil(mid / 15)) / 10).toFixed(1)),
      triggerPrice: null,
      trailing: null,
      timeInForce: random.next() < 0.3 ? 'ioc' : 'gtc',
      expiresAtMs: null,
      postOnly: false,
      feeIn: random.next() < 0.25 ? 'base' : 'quote',
      selfTrade: 'cancelOldest',
      clientId,
      extra: {},
    }
    engine.place(isMarket ? { ...request, timeInForce: 'ioc' } : request)
  }
  market.rates()
}
