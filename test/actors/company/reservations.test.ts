import { expect, test } from 'bun:test'
import { Reservations } from '#actors/company/reservations'
import { DeadLetters } from '#actors/dead-letters'
import { ORDER_LOGIC, OrderRegistry } from '#actors/desk/order-registry'
import { Orders } from '#actors/desk/orders'
import { orderView } from '#actors/control/order-view'
import type { Decimal } from '#domain/decimal'
import { assetCode, instrumentIdOf } from '#domain/ids'
import { ExposureBook } from '#risk/exposure'
import { VirtualClock } from '#sim/virtual-clock'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { BTC, d, ETH, KRAKEN, NOW_MS, proposalOf } from '#test/risk/fixtures'

/* In virtual time; rates are what the test sets. */
const ETH_BTC = {
  ...ETH,
  instrumentId: instrumentIdOf(assetCode('ETH'), assetCode('BTC'), KRAKEN),
  quoteAsset: assetCode('BTC'),
  tickSize: d('0.00001'),
}

function rig() {
  const clock = new VirtualClock(NOW_MS)
  const journal = openMemoryJournal(new MemoryJournalDisk(false), clock)
  const actors = new OrderRegistry({ deadLetters: new DeadLetters(), onCrash: () => undefined, inspect: null }, ORDER_LOGIC)
  const orders = new Orders({ clock, journal, alerter: { raise: () => undefined }, actors, retireAfterMs: 10_000 })
  const book = new ExposureBook()
  const rates = new Map<string, Decimal>([['USD', d('1')]])
  const known = new Map([BTC, ETH_BTC].map((instrument) => [instrument.instrumentId, instrument]))
  const reservations = new Reservations({
    orders,
    book,
    market: { findInstrument: (id) => known.get(id) ?? null },
    portfolio: { rateOf: (asset) => rates.get(asset) ?? null, positionOf: () => d('0') },
    memory: { stopOf: () => null },
  })
  const open = (over: Parameters<typeof proposalOf>[0]) => orders.open(proposalOf(over), false, NOW_MS)
  return { clock, orders, book, rates, reservations, open }
}

const OF_ETH_BTC = { instrumentId: ETH_BTC.instrumentId, quantity: d('2'), limitPrice: d('0.05'), referencePrice: d('0.05') }

test('RSK-03 an order found before its currency has a price is valued again once it has one, and told of until then', () => {
  const { book, rates, reservations, open } = rig()
  const record = open(OF_ETH_BTC)
  reservations.restore(record)
  expect(reservations.unratedAsset()).toBe(assetCode('BTC'))
  rates.set('BTC', d('50000'))
  expect(reservations.unratedAsset()).toBeNull()
  const reserved = book.get(record.clientOrderId)
  // 2 × 0.05 BTC and the highest fee, at 50,000
  expect(Number(reserved?.notional)).toBeGreaterThanOrEqual(5_000)
  expect(Number(reserved?.notional)).toBeLessThan(5_100)
})

test('RSK-03 an order that ended before its currency had a price is forgotten', () => {
  const { orders, book, reservations, open } = rig()
  const record = open(OF_ETH_BTC)
  reservations.restore(record)
  orders.apply(record, { type: 'order.lapsed', reason: 'canceled before it was sent', atMs: NOW_MS })
  book.release(record.clientOrderId)
  expect(reservations.unratedAsset()).toBeNull()
  expect(book.get(record.clientOrderId)).toBeNull()
})

test('RSK-03 an order whose chart has crashed reserves what was sent less what was booked, and is shown as in doubt', () => {
  const { orders, book, reservations, open } = rig()
  const record = open({ quantity: d('0.5'), limitPrice: d('50000') })
  record.chart = null
  record.filled = d('0.2')
  reservations.restore(record)
  expect(book.get(record.clientOrderId)?.leavesQuantity).toBe(d('0.3'))
  const view = orderView(orders, record)
  expect(view).toMatchObject({ status: 'UNKNOWN', quantity: d('0.5'), filledQuantity: d('0.2'), isTerminal: false, retries: 0 })
  expect(view.reason).toContain('statechart failed')
})
