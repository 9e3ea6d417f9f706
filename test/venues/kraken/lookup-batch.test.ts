/** Look-ups of several orders at once against a scripted fake of Kraken in virtual time. */
import { expect, test } from 'bun:test'
import { BTC, clientId, rig, START_MS, settle } from './fake-kraken'

const SINCE = START_MS - 60_000

function closed(seed: number): object {
  return {
    refid: null,
    userref: 0,
    cl_ord_id: clientId(seed),
    status: 'canceled',
    reason: 'User requested',
    opentm: START_MS / 1_000 - 5,
    closetm: START_MS / 1_000 - 1,
    starttm: 0,
    expiretm: 0,
    descr: { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '30010.0', price2: '0', leverage: 'none', order: 'text', close: '' },
    vol: '1.25000000',
    vol_exec: '0.00000000',
    cost: '0.00000',
    fee: '0.00000',
    price: '0.00000',
    oflags: 'fciq',
  }
}

function ready(closedCount: number) {
  const made = rig({ tier: 'pro' })
  const rows = Object.fromEntries(Array.from({ length: Math.min(50, closedCount) }, (_, index) => [`OCLOSE-AAAAA-${index}`, closed(index)]))
  made.fake.rest.set('OpenOrders', () => ({ result: { open: {} } }))
  made.fake.rest.set('ClosedOrders', (call) => {
    const asked = call.parameters.get('cl_ord_id')
    const shown =
      asked === null ? rows : Object.fromEntries(Object.entries(rows).filter(([, row]) => Reflect.get(row, 'cl_ord_id') === asked))
    return { result: { closed: shown, count: asked === null ? closedCount : Object.keys(shown).length } }
  })
  made.fake.rest.set('TradesHistory', () => ({ result: { trades: {}, count: 0 } }))
  settle(made.clock, made.venue.instruments())
  made.fake.calls.length = 0
  return made
}

const kinds = (results: readonly { readonly kind: string }[]) => results.map((result) => result.kind)

test('PAIN-08 orders in doubt at the same time are looked up together: three calls for six', () => {
  const made = ready(3)
  const results = settle(made.clock, Promise.all([0, 1, 2, 30, 31, 32].map((seed) => made.venue.orderByClientId(clientId(seed), SINCE))))
  expect(kinds(results)).toEqual(['found', 'found', 'found', 'absent', 'absent', 'absent'])
  expect(results[1]).toMatchObject({ order: { clientOrderId: clientId(1), status: 'canceled', instrumentId: BTC }, fills: [] })
  expect(made.fake.calls.map((call) => call.method)).toEqual(['OpenOrders', 'ClosedOrders', 'TradesHistory'])
})

test('PAIN-08 where more closed orders lie in that time than are in doubt, each is asked for by its id', () => {
  const made = ready(500)
  const results = settle(made.clock, Promise.all([0, 60].map((seed) => made.venue.orderByClientId(clientId(seed), SINCE))))
  expect(kinds(results)).toEqual(['found', 'absent'])
  expect(made.fake.calls.map((call) => call.method)).toEqual([
    'OpenOrders',
    'ClosedOrders',
    'ClosedOrders',
    'ClosedOrders',
    'TradesHistory',
  ])
})

test('VEN-04 a venue that does not answer leaves the whole batch unanswered, and the next one is asked anew', () => {
  const made = ready(1)
  made.fake.rest.set('ClosedOrders', () => ({ error: 'EGeneral:Permission denied' }))
  const failed = settle(made.clock, Promise.all([0, 1].map((seed) => made.venue.orderByClientId(clientId(seed), SINCE))))
  expect(kinds(failed)).toEqual(['unanswered', 'unanswered'])
  made.fake.rest.set('ClosedOrders', () => ({ result: { closed: {}, count: 0 } }))
  expect(settle(made.clock, made.venue.orderByClientId(clientId(0), SINCE)).kind).toBe('absent')
})
