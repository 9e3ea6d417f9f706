import { describe, expect, test } from 'bun:test'
import { DeadLetters } from '#actors/dead-letters'
import { payloadOf, NO_EXTRA } from '#actors/desk/order-facts'
import { averageFillPrice, hasTrade } from '#actors/desk/order-record'
import { ORDER_LOGIC, OrderRegistry } from '#actors/desk/order-registry'
import { Orders } from '#actors/desk/orders'
import { type Decimal, decimal } from '#domain/decimal'
import { type BotId, botId, instrumentId, tradeId, venueOrderId } from '#domain/ids'
import type { JsonObject } from '#domain/json'
import type { Fill, Proposal } from '#domain/order'
import { ORDER_EVENT_TYPES } from '#machines/order-events'
import { orderMachine } from '#machines/order.machine'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { RandomOrderEvents } from '#test/machines/order-random'
import { BOT, BTC, ETH, KRAKEN, OTHER_BOT, proposalOf } from '#test/risk/fixtures'

const d = decimal
const V = venueOrderId('V-1')

/** Interpreted; compiled within actors, where an inspector might look; compiled with nothing around it. */
const FORMS = {
  interpreted: { logic: orderMachine, inspect: null },
  inspected: { logic: ORDER_LOGIC, inspect: () => undefined },
  bare: { logic: ORDER_LOGIC, inspect: null },
} as const

// Virtual time, and a journal in memory with its chain of hashes.
function tracker(form: keyof typeof FORMS = 'bare') {
  const clock = new VirtualClock(1_000)
  const disk = new MemoryJournalDisk(true)
  const journal = openMemoryJournal(disk, clock)
  const alerts: string[] = []
  const crashed: string[] = []
  const { logic, inspect } = FORMS[form]
  const actors = new OrderRegistry({ deadLetters: new DeadLetters(), onCrash: (id) => crashed.push(id), inspect }, logic)
  const alerter = { raise: ({ code }: { code: string }) => void alerts.push(code) }
  const orders = new Orders({ clock, journal, alerter, actors, retireAfterMs: 10_000 })
  return { clock, disk, journal, orders, actors, alerts, crashed }
}

function fillOf(number: number, quantity: Decimal, feeAsset = 'USD'): Fill {
  return {
    tradeId: tradeId(`T${number}`),
    venueId: KRAKEN,
    instrumentId: BTC.instrumentId,
    venueOrderId: V,
    clientOrderId: null,
    side: 'buy',
    quantity,
    price: d('50000'),
    cost: d('100'),
    feeAsset,
    feeQuantity: d('0.25'),
    liquidity: 'taker',
    venueAtMs: 1_000,
  }
}

const filled = (quantity: Decimal) => ({ type: 'order.filled', venueOrderId: V, quantity, atMs: 1_000 }) as const

describe('orders', () => {
  test('I10 the interpreted chart, the compiled one in actors and the bare one give the same journal, states and alerts', () => {
    const ends = Object.keys(FORMS).map((form) => {
      const { clock, disk, orders, alerts } = tracker(form as keyof typeof FORMS)
      const random = new SeededRandom('orders')
      const events = new RandomOrderEvents(random.split('events'))
      const seen: string[] = []
      orders.onChange((record, event) => seen.push(`${event.type} ${orders.stateOf(record)}`))
      for (let number = 0; number < 150; number++) {
        const proposal = proposalOf({ clientOrderId: events.input().clientOrderId, quantity: d('3') })
        const record = orders.open(proposal, false, clock.now())
        orders.tell(record, { type: 'order.journaled', atMs: clock.now() })
        for (let step = 0; step < 20; step++) {
          const event = events.next()
          if (event.type === 'order.filled') orders.apply(record, event, fillOf(number * 100 + step, event.quantity))
          else orders.apply(record, event, null, step % 5 === 0 ? { note: 'extra' } : NO_EXTRA)
        }
        clock.advance(100)
      }
      const stands = [...orders.ended(), ...orders.live()].map((record) => [
        orders.stateOf(record),
        orders.contextOf(record),
        record.filled,
        record.cost,
      ])
      return { hash: disk.headHash, count: disk.headSeq, stands: JSON.stringify(stands), seen, alerts }
    })
    expect(ends[0]?.count).toBeGreaterThan(1_000)
    expect(ends[1]).toEqual(ends[0] as never)
    expect(ends[2]).toEqual(ends[0] as never)
  })

  test('journals of an event what it carries, without its type, and what goes with it', () => {
    const events = new RandomOrderEvents(new SeededRandom('payloads'))
    for (const type of ORDER_EVENT_TYPES) {
      for (let k = 0; k < 20; k++) {
        const event = events.event(type)
        const { type: _type, ...figures } = event
        expect(payloadOf(event, null, NO_EXTRA)).toEqual(figures as JsonObject)
        const fill = fillOf(k, d('1'))
        expect(payloadOf(event, fill, { posting: { id: k } })).toEqual({ ...(figures as JsonObject), fill, posting: { id: k } })
      }
    }
  })

  test('EXE-01 finds the live orders of a bot on an instrument, and no others', () => {
    const { orders } = tracker()
    const open = (bot: BotId, instrument = BTC.instrumentId) => {
      const record = orders.open(proposalOf({ botId: bot, instrumentId: instrument }), false, 1)
      orders.tell(record, { type: 'order.journaled', atMs: 1 })
      return record
    }
    const [one, two, other, eth] = [open(BOT), open(BOT), open(OTHER_BOT), open(BOT, ETH.instrumentId)] as const
    expect([...orders.liveOf(BOT, BTC.instrumentId)]).toEqual([one, two])
    expect([...orders.liveOf(OTHER_BOT, BTC.instrumentId)]).toEqual([other])
    expect([...orders.liveOf(botId('nobody'), BTC.instrumentId), ...orders.liveOf(BOT, instrumentId('ADA-USD@kraken'))]).toEqual([])
    orders.apply(one, { type: 'order.refused', code: 'venue', reason: 'no', atMs: 2 })
    expect([...orders.liveOf(BOT, BTC.instrumentId)]).toEqual([two])
    expect([orders.isTerminal(one), orders.liveCount, orders.ended()]).toEqual([true, 3, [one]])
    orders.apply(one, { type: 'order.accepted', venueOrderId: V, atMs: 3 }) // alive after all
    expect([...orders.liveOf(BOT, BTC.instrumentId)]).toEqual([two, one])
    expect([...orders.live()]).toEqual([two, other, eth, one])
    expect([orders.isTerminal(one), orders.ended(), orders.findByVenueId(V)]).toEqual([false, [], one])
  })

  test('EXE-08 knows each trade of an order, be they few or many, and its fees by asset', () => {
    const { orders } = tracker()
    const record = orders.open(proposalOf({ quantity: d('100') }), false, 1)
    orders.tell(record, { type: 'order.journaled', atMs: 1 })
    expect([hasTrade(record, tradeId('T0')), averageFillPrice(record)]).toEqual([false, null])
    for (let number = 0; number < 60; number++) {
      expect(hasTrade(record, tradeId(`T${number}`))).toBe(false)
      orders.apply(record, filled(d('1')), fillOf(number, d('1'), number % 3 === 0 ? 'BTC' : 'USD'))
      for (let known = 0; known <= number; known++) expect(hasTrade(record, tradeId(`T${known}`))).toBe(true)
    }
    expect([record.filled, record.cost, averageFillPrice(record)]).toEqual([d('60'), d('6000'), d('100')])
    expect(record.fees).toEqual([
      { asset: 'BTC', quantity: d('5') },
      { asset: 'USD', quantity: d('10') },
    ])
  })

  test('EXE-08 an order that misses fills is kept ten minutes longer, and goes at once when they have come', () => {
    const { clock, orders } = tracker()
    orders.start()
    const opened = (number: number, venueFilled: Decimal) => {
      const id = `abc123${String(number).padStart(26, '0')}` as Proposal['clientOrderId']
      const record = orders.open(proposalOf({ clientOrderId: id, quantity: d('3') }), false, clock.now())
      orders.tell(record, { type: 'order.journaled', atMs: clock.now() })
      const venueId = venueOrderId(`V-${number}`)
      orders.apply(record, { type: 'order.accepted', venueOrderId: venueId, atMs: clock.now() })
      orders.apply(record, { type: 'order.cancel', atMs: clock.now() })
      orders.apply(record, { type: 'order.canceled', reason: 'asked for', filledQuantity: venueFilled, atMs: clock.now() })
      return record
    }
    const [lacking, whole, late] = [opened(1, d('2')), opened(2, d('0')), opened(3, d('1'))]
    expect([lacking, whole, late].map((record) => orders.missesFills(record))).toEqual([true, false, true])
    clock.advance(120_000)
    expect(orders.ended()).toEqual([lacking, late])
    orders.apply(late, { type: 'order.filled', venueOrderId: venueOrderId('V-3'), quantity: d('1'), atMs: clock.now() }, fillOf(3, d('1')))
    clock.advance(120_000)
    expect(orders.ended()).toEqual([lacking])
    clock.advance(600_000)
    expect(orders.ended()).toEqual([])
    expect(orders.missesFills(lacking)).toBe(false)
    orders.stop()
  })

  test('EXE-08 an order that ended leaves the tracker after its time, and nothing can be asked of it any more', () => {
    const { clock, orders, actors } = tracker()
    orders.start()
    const record = orders.open(proposalOf({ quantity: d('1') }), false, clock.now())
    orders.tell(record, { type: 'order.journaled', atMs: clock.now() })
    orders.apply(record, filled(d('1')), fillOf(1, d('1')))
    expect([orders.ended(), actors.size]).toEqual([[record], 1])
    clock.advance(120_000)
    expect([orders.ended(), orders.find(record.clientOrderId), orders.findByVenueId(V), actors.size]).toEqual([[], null, null, 0])
    expect(() => orders.stateOf(record)).toThrow('has no actor')
    expect(orders.isTerminal(record)).toBe(true)
    orders.open(record.proposal as Proposal, false, clock.now()) // the id is free again
    orders.stop()
  })

  for (const form of ['interpreted', 'inspected', 'bare'] as const) {
    test(`RUN-06 a chart that throws is told of once and lost, its siblings live on: ${form}`, () => {
      const { orders, crashed, actors } = tracker(form)
      const [record, sibling] = [orders.open(proposalOf(), false, 1), orders.open(proposalOf(), false, 1)] as const
      for (const each of [record, sibling]) orders.tell(each, { type: 'order.journaled', atMs: 1 })
      expect(() => orders.tell(record, filled(null as never))).toThrow('has no actor')
      expect(() => orders.stateOf(record)).toThrow('has no actor')
      expect([crashed, actors.size]).toEqual([[record.clientOrderId], 1])
      expect(orders.apply(sibling, { type: 'order.accepted', venueOrderId: V, atMs: 2 })).toBe(true)
      expect(orders.stateOf(sibling)).toBe('open')
    })
  }
})
