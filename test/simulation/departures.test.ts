// What leaves a company in virtual time, as it is and falsified on the way, against what is on its disk.
import { describe, expect, test } from 'bun:test'
import { Departures } from '#sim/simulate/departures'
import { commandIn } from '#sim/simulate/order-frame'
import type { Passage } from '#sim/wire'
import { busyBot, OPERATOR, World } from '#test/company/world'

type Objection = readonly [invariant: string, text: string]

/** Runs a busy company until a message leaves that fits, and hands it to a fresh judge, as it is or with something of it exchanged. */
function judged(method: string, falsify: (text: string) => string = (text) => text, unwritten: string | null = null): readonly Objection[] {
  const world = new World({ seed: 'departures', bots: [busyBot('busy')] })
  const objections: Objection[] = []
  let checks = 0
  let isOver = false
  const departures = new Departures({
    disk: {
      read: (afterSeq, limit) =>
        world.disk.read(afterSeq, limit).map((entry) => (entry.kind === unwritten ? { ...entry, kind: 'nothing' } : entry)),
    },
    orders: () => (world.isAlive ? world.company.orders : null),
    ownerOf: (id) => world.account().openOrders.find(({ orderId }) => orderId === id)?.clientId ?? null,
    judge: (invariant, text) => {
      checks++
      if (text !== null) objections.push([invariant, text])
    },
  })
  world.onPassage = (passage) => {
    if (isOver || passage.direction !== 'up' || !passage.text.includes(`"${method}"`)) return
    isOver = true
    departures.onPassage({ ...passage, text: falsify(passage.text) })
  }
  world.start().until(`${method} leaves`, () => isOver, 120_000)
  expect(checks).toBeGreaterThan(0)
  world.close()
  return objections
}

const exchange = (from: RegExp, to: string) => (text: string) => {
  expect(text).toMatch(from)
  return text.replace(from, to)
}

describe('I1 I2 what leaves is what is on the disk', () => {
  test('nothing is objected to in an order, an amend and a cancel as they are', () => {
    for (const method of ['add_order', 'amend_order', 'cancel_order'])
      expect({ method, found: judged(method) }).toEqual({ method, found: [] })
  })

  const WRONG: readonly (readonly [string, string, RegExp, string])[] = [
    ['side', 'add_order', /"side":"buy"/, '"side":"sell"'],
    ['type', 'add_order', /"order_type":"limit"/, '"order_type":"market"'],
    ['symbol', 'add_order', /"symbol":"BTC\/USD"/, '"symbol":"ETH/USD"'],
    ['quantity', 'add_order', /"order_qty":([\d.]+)/, '"order_qty":$11'],
    ['limitPrice', 'add_order', /"limit_price":([\d.]+)/, '"limit_price":1$1'],
    ['postOnly', 'add_order', /"post_only":true,/, ''],
    ['timeInForce', 'add_order', /"time_in_force":"gtc"/, '"time_in_force":"ioc"'],
    ['quantity', 'amend_order', /"order_qty":([\d.]+)/, '"order_qty":$11'],
    ['limitPrice', 'amend_order', /"limit_price":([\d.]+)/, '"limit_price":1$1'],
    ['postOnly', 'amend_order', /"post_only":true,/, ''],
  ]
  for (const [term, method, from, to] of WRONG)
    test(`I1 ${method} with another ${term} than recorded is a breach, and of nothing else`, () => {
      const found = judged(method, exchange(from, to))
      expect(found.map(([invariant]) => invariant)).toEqual(['I1'])
      expect(found[0]?.[1]).toContain(`left with ${term} `)
      expect(found[0]?.[1]).not.toContain(', ')
    })

  test('I2 an order under an id that no entry has, and one more frame than entries', () => {
    expect(judged('add_order', exchange(/"cl_ord_id":"abc/, '"cl_ord_id":"abd')).map(([invariant]) => invariant)).toEqual(['I2'])
  })

  test('I2 an order, and an amend, whose entry waits in the journal while its bytes leave', () => {
    expect(judged('add_order', undefined, 'order.submitting').map(([invariant]) => invariant)).toEqual(['I2'])
    expect(judged('amend_order', undefined, 'order.amend').map(([invariant]) => invariant)).toEqual(['I2'])
  })

  test('I1 a cancel of an order whose end nobody asked for, and of one that nobody knows', () => {
    const world = new World({ seed: 'departures', bots: [busyBot('busy')] }).start()
    world.until('an order rests', () => world.account().openOrders.length > 0, 120_000)
    const { orderId, clientId } = world.account().openOrders[0] ?? { orderId: '', clientId: '' }
    const objections: Objection[] = []
    const departures = new Departures({
      disk: world.disk,
      orders: () => world.company.orders,
      ownerOf: (id) => (id === orderId ? clientId : null),
      judge: (invariant, text) => void (text !== null && objections.push([invariant, text])),
    })
    const cancel = (id: string): Passage => ({
      ...SOCKET,
      text: `{"method":"cancel_order","params":{"order_id":["${id}"],"token":"t"},"req_id":1}`,
    })
    const isOpen = () => world.orders().some((one) => one.venueOrderId === orderId && world.company.orders.stateOf(one) === 'open')
    world.until('it is open in the books', isOpen)
    departures.onPassage(cancel(orderId))
    departures.onPassage(cancel('OAAAAA-AAAAA-AAAAAA'))
    expect(objections.map(([, text]) => text.replace(/ [a-z0-9]{30,}/i, ' ID'))).toEqual([
      'a cancel left for ID, and nobody has asked for its end',
      'a cancel left for OAAAAA-AAAAA-AAAAAA, an order that the company does not know',
    ])
    world.control.cancelOrder(clientId ?? '', OPERATOR)
    departures.onPassage(cancel(orderId))
    expect(objections.length).toBe(2)
    world.close()
  })
})

const SOCKET: Omit<Passage, 'text'> = { host: 'h', path: '/auth/v2', carrier: 'socket', direction: 'up' }
const REST: Omit<Passage, 'text' | 'path'> = { host: 'h', carrier: 'http', direction: 'up' }

describe('commands on the wire', () => {
  test('an order over REST reads as one on the stream does; a dry run is none', () => {
    const body = 'nonce=1&pair=XBTUSD&type=sell&ordertype=limit&volume=0.10&price=30000.1&cl_ord_id=abc1&timeinforce=GTC&oflags=fciq,post'
    expect(commandIn({ ...REST, path: '/0/private/AddOrder', text: body })).toEqual({
      kind: 'add',
      clientOrderId: 'abc1',
      terms: {
        side: 'sell',
        type: 'limit',
        symbol: 'BTCUSD',
        quantity: '0.10',
        limitPrice: '30000.1',
        triggerPrice: null,
        postOnly: true,
        timeInForce: 'gtc',
      },
    })
    expect(commandIn({ ...REST, path: '/0/private/AddOrder', text: `${body}&validate=true` })).toBeNull()
  })

  test('amends and cancels over REST, and what is no command', () => {
    const at = (method: string, text: string) => commandIn({ ...REST, path: `/0/private/${method}`, text })
    expect(at('AmendOrder', 'nonce=1&cl_ord_id=abc1&order_qty=0.2&limit_price=5&post_only=false')).toMatchObject({
      kind: 'amend',
      clientOrderId: 'abc1',
      terms: { quantity: '0.2', limitPrice: '5', postOnly: false },
    })
    expect(at('CancelOrder', 'nonce=1&txid=OA-1')).toEqual({ kind: 'cancel', clientOrderId: null, venueOrderId: 'OA-1' })
    expect(at('AddOrderBatch', 'nonce=1')).toEqual({ kind: 'other', method: 'AddOrderBatch' })
    expect(at('BalanceEx', 'nonce=1')).toBeNull()
    expect(commandIn({ ...SOCKET, text: '{"method":"batch_add","params":{}}' })).toEqual({ kind: 'other', method: 'batch_add' })
    expect(commandIn({ ...SOCKET, text: '{"method":"ping"}' })).toBeNull()
    expect(commandIn({ ...SOCKET, text: '' })).toBeNull()
  })
})
