/** Cancels of many orders at once, and cancels on a stream that says nothing, against a scripted fake of Kraken in virtual time. */
import { describe, expect, test } from 'bun:test'
import type { ClientOrderId } from '#domain/ids'
import { VirtualClock } from '#sim/virtual-clock'
import { EngineLimits } from '#venues/kraken/limits'
import { signRequest } from '#venues/kraken/sign'
import { Secret } from '#domain/secret'
import { API_SECRET, BTC, clientId, connected, orderRef, type Rig, rig, START_MS, settle } from './fake-kraken'

const sent = (made: Rig) => JSON.parse(made.fake.privateSocket.sent.at(-1) ?? '{}')
const REFS = [orderRef(1, 'OAAAAA-AAAAA-AAAAAA'), orderRef(2, 'OBBBBB-BBBBB-BBBBBB'), orderRef(3)]

function reply(made: Rig, fields: object): void {
  const { req_id, method } = sent(made)
  made.fake.privateSocket.say({ method, req_id, time_in: made.fake.stamp(), time_out: made.fake.stamp(), ...fields })
}

describe('VEN-04 batches of cancels', () => {
  test('one frame names them by the venue’s ids, and by ours where those are not known, in the same step', () => {
    const made = connected()
    void made.venue.cancelBatch(REFS)
    expect(sent(made)).toMatchObject({
      method: 'batch_cancel',
      params: { orders: ['OAAAAA-AAAAA-AAAAAA', 'OBBBBB-BBBBB-BBBBBB'], cl_ord_id: [clientId(3)], token: 'token/1+a' },
    })
  })

  const answers: readonly [string, object, object][] = [
    ['as many as were named', { success: true, result: { count: 3 } }, { kind: 'accepted' }],
    ['some of them', { success: true, result: { count: 1 } }, { kind: 'accepted' }],
    ['in the older form', { success: true, orders_cancelled: 2 }, { kind: 'accepted' }],
    ['none, in the older form', { success: true, orders_cancelled: 0 }, { kind: 'unknownOrder' }],
    ['none', { success: true, result: { count: 0 } }, { kind: 'unknownOrder' }],
    ['without a count', { success: true }, { kind: 'accepted' }],
    ['Busy', { success: false, error: 'EService:Busy' }, { kind: 'ambiguous', reason: 'EService:Busy' }],
    ['a limit', { success: false, error: 'EOrder:Rate limit exceeded' }, { kind: 'refused', refusal: { retry: 'rateLimited' } }],
  ]
  for (const [what, fields, expected] of answers)
    test(`answered with ${what}`, () => {
      const made = connected()
      const outcome = made.venue.cancelBatch(REFS)
      reply(made, fields)
      expect(settle(made.clock, outcome)).toMatchObject(expected)
    })

  test('without an answer the outcome is in doubt', () => {
    const made = connected()
    expect(settle(made.clock, made.venue.cancelBatch(REFS))).toMatchObject({ kind: 'ambiguous' })
  })

  test('with the stream down they go over REST as signed JSON, and so does a batch of one, which the stream does not take', () => {
    const made = connected()
    made.fake.rest.set('CancelOrderBatch', () => ({ result: { count: 1 } }))
    expect(settle(made.clock, made.venue.cancelBatch(REFS.slice(0, 1)))).toEqual({ kind: 'accepted' })
    made.fake.privateSocket.cut()
    expect(settle(made.clock, made.venue.cancelBatch(REFS))).toEqual({ kind: 'accepted' })
    const [one, all] = made.fake.callsOf('CancelOrderBatch').map(({ request }) => request)
    const { nonce, ...lists } = JSON.parse(all?.body ?? '')
    expect(JSON.parse(one?.body ?? '')).toMatchObject({ orders: ['OAAAAA-AAAAA-AAAAAA'] })
    expect(lists).toEqual({ orders: ['OAAAAA-AAAAA-AAAAAA', 'OBBBBB-BBBBB-BBBBBB'], cl_ord_ids: [clientId(3)] })
    expect(all?.headers['content-type']).toBe('application/json')
    expect(all?.headers['API-Sign']).toBe(signRequest('/0/private/CancelOrderBatch', nonce, all?.body ?? '', new Secret(API_SECRET)))
  })
})

test('PAIN-08 of several cancels of one order the engine’s counter takes one: only one can end it', () => {
  const clock = new VirtualClock(START_MS)
  const limits = new EngineLimits(clock, 'pro', 1, 100)
  limits.onSent('submit', BTC, 'a')
  for (let attempt = 0; attempt < 5; attempt++) limits.onSent('cancel', BTC, 'a')
  expect(limits.level(BTC)).toBe(9)
  limits.onSent('cancel', BTC, 'never seen')
  expect(limits.level(BTC)).toBe(17)
})

test('PAIN-04 a stream that says nothing after a command, not even its heartbeat, is passed by: the next cancels go over REST', () => {
  const made = rig()
  made.fake.heartbeatMs = 0
  settle(made.clock, made.venue.connect(new AbortController().signal))
  for (const method of ['CancelOrder', 'CancelAll', 'CancelOrderBatch']) made.fake.rest.set(method, () => ({ result: { count: 2 } }))
  const first = made.venue.cancelAll()
  made.clock.advance(1_000)
  void made.venue.cancel(REFS[0] ?? orderRef())
  expect(sent(made).method).toBe('cancel_order') // too early to tell
  made.clock.advance(600)
  const frames = made.fake.privateSocket.sent.length
  const rest = Promise.all([made.venue.cancelAll(), made.venue.cancelBatch(REFS), made.venue.cancel(orderRef(9))])
  expect(settle(made.clock, rest).map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted'])
  expect(made.fake.privateSocket.sent).toHaveLength(frames)
  expect(settle(made.clock, first).kind).toBe('ambiguous')
})

test('PAIN-08 orders whose id at the venue is known are asked for by it, fifty a call, and told of one by one', () => {
  const made = rig({ tier: 'pro' })
  settle(made.clock, made.venue.instruments())
  const row = (seed: number, status: string, executed = '0.00000000') => ({
    refid: null,
    userref: 0,
    cl_ord_id: clientId(seed),
    status,
    reason: null,
    opentm: START_MS / 1_000 - 5,
    starttm: 0,
    expiretm: 0,
    descr: { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '30010.0', price2: '0', leverage: 'none', order: 'text', close: '' },
    vol: '1.25000000',
    vol_exec: executed,
    cost: '0.00000',
    fee: '0.00000',
    price: '0.00000',
    oflags: 'fciq',
  })
  const seeds = Array.from({ length: 120 }, (_, index) => index)
  const open = Object.fromEntries(seeds.map((seed) => [`OOPEN-AAAAA-${seed}`, row(seed, 'open')]))
  made.fake.rest.set('OpenOrders', () => ({ result: { open } }))
  settle(made.clock, made.venue.openOrders()) // teaches the ids
  made.fake.rest.set('OpenOrders', () => ({ result: { open: {} } }))
  made.fake.rest.set('TradesHistory', () => ({ result: { trades: {}, count: 0 } }))
  made.fake.rest.set('ClosedOrders', () => ({ error: 'EGeneral:Permission denied' }))
  made.fake.rest.set('QueryOrders', ({ parameters }) => {
    const ids = (parameters.get('txid') ?? '').split(',')
    // One that the venue will not tell of: it is asked for among the closed orders, which refuse.
    const told = ids.filter((id) => !id.endsWith('-119'))
    return { result: Object.fromEntries(told.map((id) => [id, row(Number(id.split('-')[2]), 'canceled')])) }
  })
  made.fake.calls.length = 0
  const answered = new Map<ClientOrderId, string>()
  for (const seed of seeds)
    void made.venue.orderByClientId(clientId(seed), START_MS - 60_000).then(({ kind }) => answered.set(clientId(seed), kind))
  made.clock.advance(2_000)
  expect(made.fake.callsOf('QueryOrders')).toHaveLength(3)
  expect([...answered.values()].filter((kind) => kind === 'found')).toHaveLength(119)
  expect(answered.get(clientId(119))).toBe('unanswered')
})
