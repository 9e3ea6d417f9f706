import { describe, expect, test } from 'bun:test'
import { PUSH_LIMITS, PushHub, type PushLimits, type PushSocket } from '#api/push'
import { FakeClock } from './fake-clock'
import { FakeControl } from './fake-control'

/** A fake socket that keeps what it was sent; its buffer fills only when a test says so. */
class FakeSocket implements PushSocket {
  readonly sent: Record<string, unknown>[] = []
  buffered = 0
  closedWith: number | null = null

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  bufferedBytes(): number {
    return this.buffered
  }
  close(code: number): void {
    this.closedWith = code
  }
  seqs(): unknown[] {
    return this.sent.filter((message) => message['type'] === 'event').map((message) => message['seq'])
  }
}

function hubWith(limits: Partial<PushLimits> = {}) {
  const clock = new FakeClock()
  const control = new FakeControl(clock)
  const hub = new PushHub(control, clock, { ...PUSH_LIMITS, ...limits })
  const open = () => {
    const socket = new FakeSocket()
    hub.open(socket)
    return socket
  }
  return { clock, control, hub, open, instance: clock.now().toString(36) }
}

// All of these run the real hub over a fake control, fake sockets and a fake clock.
describe('push', () => {
  test('API-06 greets with instance and head, then sends every event with its sequence number to every consumer', () => {
    const { control, open, instance } = hubWith()
    control.push('alert', { text: 'before anyone watched' })
    const sockets = [open(), open()]
    control.push('fill', { quantity: '0.1' })
    for (const socket of sockets) {
      expect(socket.sent[0]).toEqual({ type: 'hello', instance, seq: 1, oldestSeq: 1, heartbeatMs: 10_000 })
      expect(socket.sent[1]).toMatchObject({ type: 'event', seq: 2, topic: 'fill', payload: { quantity: '0.1' } })
    }
  })

  test('API-06 replays what a consumer missed, in order, and says where it ended', () => {
    const { control, hub, open, instance } = hubWith()
    for (let index = 0; index < 5; index++) control.push('order', { index })
    const socket = open()
    hub.receive(socket, JSON.stringify({ type: 'resume', after: 2, instance }))
    expect(socket.seqs()).toEqual([3, 4, 5])
    expect(socket.sent.at(-1)).toEqual({ type: 'resumed', after: 2, seq: 5 })
    hub.receive(socket, JSON.stringify({ type: 'resume', after: 5, instance }))
    expect(socket.seqs()).toEqual([3, 4, 5])
  })

  test.each([
    ['older than the buffer', 1, true],
    ['newer than the head', 99, true],
    ['of another process', 5, false],
  ] as const)('API-06 answers gap for a number %s', (_, after, isOurs) => {
    const { control, hub, open, instance } = hubWith({ eventsMax: 3 })
    for (let index = 0; index < 6; index++) control.push('order', { index })
    const socket = open()
    hub.receive(socket, JSON.stringify({ type: 'resume', after, instance: isOurs ? instance : 'other' }))
    expect(socket.sent.at(-1)).toEqual({ type: 'gap', after, oldestSeq: 4, seq: 6 })
  })

  test('API-06 bounds the replay buffer in bytes as well', () => {
    const { control, open } = hubWith({ replayBytesMax: 1_000 })
    for (let index = 0; index < 20; index++) control.push('alert', { text: 'x'.repeat(200) })
    expect(open().sent[0]).toMatchObject({ seq: 20, oldestSeq: 18 })
  })

  test('API-06 drops a slow consumer and keeps the others', () => {
    const { control, hub, open } = hubWith({ bufferedBytesMax: 100 })
    const [slow, quick] = [open(), open()]
    slow.buffered = 101
    control.push('order', {})
    control.push('order', {})
    expect([slow.closedWith, slow.seqs(), quick.seqs(), hub.size]).toEqual([1013, [1], [1, 2], 1])
  })

  test('API-06 refuses more consumers than the limit', () => {
    const { hub, open } = hubWith({ clientsMax: 1 })
    open()
    expect([open().closedWith, hub.size]).toEqual([1013, 1])
  })

  test('API-06 answers ping, sends heartbeats while someone listens and none when nobody does', () => {
    const { clock, hub, open } = hubWith()
    const socket = open()
    hub.receive(socket, '{"type":"ping"}')
    clock.advance(25_000)
    expect(socket.sent.map((message) => message['type'])).toEqual(['hello', 'pong', 'ping', 'ping'])
    hub.closed(socket)
    clock.advance(10_000)
    expect(clock.pending).toBe(0)
  })

  test.each(['nonsense', '{}', '{"type":"resume","after":-1,"instance":"x"}', '{"type":"resume"}', '[]', ''])(
    'API-06 answers a message that it cannot read (%s) with an error and stays open',
    (text) => {
      const { hub, open } = hubWith()
      const socket = open()
      hub.receive(socket, text)
      expect([socket.sent.at(-1)?.['type'], socket.closedWith]).toEqual(['error', null])
    },
  )

  test('I13 stop ends the subscription, the timer and every socket', () => {
    const { clock, control, hub, open } = hubWith()
    const socket = open()
    hub.stop()
    expect([control.watchers, clock.pending, hub.size, socket.closedWith]).toEqual([0, 0, 0, 1001])
  })
})
