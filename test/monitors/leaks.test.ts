import { describe, expect, test } from 'bun:test'
import type { SocketHandlers, TransportPort } from '#ports/transport'
import { proposal, Rig } from './rig'

/** Sweeps as often as a leak needs to be one. */
function sweeps(at: Rig): readonly string[] {
  for (let sweep = 0; sweep < 3; sweep++) at.run(60_000).sweep()
  return at.broken('I13')
}

function ended(at: Rig, name: string): string {
  const terms = at.open(name)
  at.report('canceled', terms)
  at.fact(terms, 'order.canceled', { reason: 'x', filledQuantity: null }, 'canceled')
  return terms.clientOrderId
}

describe('I13 (virtual clock, fake company): what lives is what is needed, while the company runs', () => {
  test('I13 breaks when an actor outlives the order that the company has given up', () => {
    const at = new Rig().attach()
    at.open('live')
    const id = ended(at, 'a')
    expect(sweeps(at)).toEqual([])
    at.company.orders.delete(id)
    expect(sweeps(at)).toEqual([])
    at.company.alive.actors = 1
    expect(sweeps(at)).toEqual(['I13'])
    expect(at.texts()).toContain('2 actors are kept of 1 live orders and 0 that ended')
  })

  test('I13 breaks for orders that are not given up in their time, those of before the restart too', () => {
    const at = new Rig()
    at.company.set(proposal('old'), { state: 'filled' })
    at.attach()
    at.run(480_000)
    expect(sweeps(at)).toEqual([])
    expect(sweeps(at)).toEqual(['I13'])
    expect(at.texts()).toContain('ended long ago, and was not given up')
    const other = new Rig().attach()
    ended(other, 'a')
    other.run(1).sweep() // counted from when it is heard of
    other.run(480_000)
    expect(sweeps(other)).toEqual([])
    expect(sweeps(other)).toEqual(['I13'])
  })

  test('I13 counts from the last change of an order, and forgets one that lives again', () => {
    const at = new Rig().attach()
    const terms = proposal('a')
    ended(at, 'a')
    at.run(590_000)
    at.fact(terms, 'order.reported', { status: 'canceled' }, 'canceled')
    at.run(590_000)
    expect(sweeps(at)).toEqual([])
    const revived = new Rig().attach()
    ended(revived, 'a')
    revived.company.set(terms, { state: 'rejected' })
    revived.fact(terms, 'order.accepted', { venueOrderId: 'V-a' }, 'reconciling')
    revived.run(900_000)
    expect(sweeps(revived)).toEqual([])
  })

  test('I13 breaks for a timer that each order leaves behind, not for those of orders that live, nor for a burst', () => {
    const at = new Rig().attach()
    at.company.alive.timers = 100
    at.run(60_000).sweep().run(60_000).sweep()
    at.company.alive.timers = 28
    expect(sweeps(at)).toEqual([])
    at.company.alive.timers = 29
    expect(sweeps(at)).toEqual(['I13'])
    expect(at.texts()).toContain('29 timers run for 0 live orders and 2 bots')
    at.company.alive.timers = 35
    expect(sweeps(at)).toHaveLength(1)
    const busy = new Rig().attach()
    busy.company.alive.timers = 31
    busy.open('live')
    expect(sweeps(busy)).toEqual([])
    const uncounted = new Rig().attach()
    uncounted.company.alive.timers = null
    expect(sweeps(uncounted)).toEqual([])
  })

  test('I13 breaks for sockets that connections leave open, and holds once they have told of their end', () => {
    for (const [left, expected] of [
      [4, []],
      [5, ['I13']],
    ] as const) {
      const at = new Rig().attach()
      const opened: SocketHandlers[] = []
      const heard: string[] = []
      const inner: TransportPort = {
        request: () => Promise.resolve({ kind: 'unsent', reason: 'x' }),
        openSocket: (_url, handlers) => {
          opened.push(handlers)
          return { send: () => true, close: () => undefined }
        },
      }
      const transport = at.monitors.watchTransport(inner)
      const handlers = {
        onOpen: () => void heard.push('open'),
        onText: (text: string) => void heard.push(text),
        onClose: (code: number, reason: string) => void heard.push(`${code} ${reason}`),
      }
      for (let count = 0; count < 9; count++) transport.openSocket('wss://venue', handlers)
      opened[0]?.onOpen()
      opened[0]?.onText('hello')
      for (const each of opened.slice(left)) each.onClose(1000, 'done')
      expect(heard).toEqual(['open', 'hello', ...new Array(9 - left).fill('1000 done')])
      expect(sweeps(at)).toEqual([...expected])
    }
  })
})
