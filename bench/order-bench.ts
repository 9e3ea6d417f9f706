// The desk's order tracker over the registry of charts, without gate and journal.
import { DeadLetters } from '#actors/dead-letters'
import { ORDER_LOGIC, OrderRegistry, type OrderRegistryOptions } from '#actors/desk/order-registry'
import { Orders } from '#actors/desk/orders'
import type { Decimal } from '#domain/decimal'
import { accountId, botId, type ClientOrderId, instrumentId, intentId, strategyId, tradeId, venueId, venueOrderId } from '#domain/ids'
import type { Fill, Proposal } from '#domain/order'
import { VirtualClock } from '#sim/virtual-clock'
import { nullJournal } from './null-journal'

export const VENUE = venueId('kraken')
export const INSTRUMENT = instrumentId('BTC-USD@kraken')
export const ACCOUNT = accountId('main@kraken')
const STRATEGY = strategyId('bench')
const INTENT = intentId('bench')
const BOTS = Array.from({ length: 50 }, (_, index) => botId(`bot-${index}`))
const ONE = '1' as Decimal
const HALF = '0.5' as Decimal

interface Form {
  /** The compiled chart unless said otherwise. */
  readonly logic?: ConstructorParameters<typeof OrderRegistry>[1]
  /** Null, the default, is a world without an inspector; a live company has one. */
  readonly inspect?: OrderRegistryOptions['inspect']
}

export function makeRegistry({ logic = ORDER_LOGIC, inspect = null }: Form = {}): OrderRegistry {
  return new OrderRegistry({ deadLetters: new DeadLetters(), onCrash: () => undefined, inspect }, logic)
}

export function makeOrders(form: Form = {}) {
  const clock = new VirtualClock(0)
  const actors = makeRegistry(form)
  const orders = new Orders({ clock, journal: nullJournal(), alerter: { raise: () => undefined }, actors, retireAfterMs: 1 })
  return { clock, orders, actors }
}

export function proposalOf(index: number): Proposal {
  return {
    clientOrderId: index.toString(16).padStart(32, '0') as ClientOrderId,
    accountId: ACCOUNT,
    venueId: VENUE,
    instrumentId: INSTRUMENT,
    botId: BOTS[index % BOTS.length] ?? botId('bot-0'),
    strategyId: STRATEGY,
    intentId: INTENT,
    side: 'buy',
    type: 'limit',
    quantity: ONE,
    limitPrice: '60000' as Decimal,
    referencePrice: '60000' as Decimal,
    timeInForce: 'gtc',
    expiresAtMs: null,
    postOnly: false,
    reduceOnly: false,
    effect: 'open',
    arrivalMid: '60000' as Decimal,
    proposedAtMs: 0,
  }
}

/** Opens an order and brings it to OPEN. */
export function openOrder(orders: Orders, index: number) {
  const record = orders.open(proposalOf(index), false, 0)
  orders.tell(record, { type: 'order.journaled', atMs: 0 })
  orders.apply(record, { type: 'order.accepted', venueOrderId: venueOrderId(`V${index}`), atMs: 0 })
  return record
}

export function fillOf(index: number, part: number): Fill {
  return {
    tradeId: tradeId(`T${index}-${part}`),
    venueId: VENUE,
    instrumentId: INSTRUMENT,
    venueOrderId: venueOrderId(`V${index}`),
    clientOrderId: null,
    side: 'buy',
    quantity: HALF,
    price: '60000' as Decimal,
    cost: '30000' as Decimal,
    feeAsset: 'USD',
    feeQuantity: '1' as Decimal,
    liquidity: 'maker',
    venueAtMs: 0,
  }
}

/** One life: opened, journaled, accepted, two fills, over. */
export function lifecycle(orders: Orders, index: number): void {
  const record = openOrder(orders, index)
  for (const part of [1, 2]) {
    const fill = fillOf(index, part)
    orders.apply(record, { type: 'order.filled', venueOrderId: fill.venueOrderId, quantity: fill.quantity, atMs: 0 }, fill)
  }
}
