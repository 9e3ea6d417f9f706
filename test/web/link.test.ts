import { describe, expect, test } from 'bun:test'
import { type LinkSocket, type LinkState, type PushedEvent, PushLink } from '../../src/web/link'
import { FakeClock } from '../api/fake-clock'

/** A fake socket: the test plays the server. */
class FakeSocket implements LinkSocket {
  onopen: (() => void) | null = null
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onclose: (() => void) | null = null
  readonly sent: unknown[] = []
  isClosed = false

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.isClosed = true
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  greets(instance: string, seq: number): void {
    this.onopen?.()
    this.says({ type: 'hello', instance, seq, oldestSeq: 1, heartbeatMs: 10_000 })
  }
  event(seq: number): void {
    this.says({ type: 'event', seq, atMs: 0, topic: 'order', payload: null })
  }
}

function linkHarness() {
  const clock = new FakeClock()
  const sockets: FakeSocket[] = []
  const seen: number[] = []
  const states: LinkState[] = []
  let gaps = 0
  const link = new PushLink(
    {
      openSocket: () => {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket
      },
      setTimeout: (fn, delayMs) => clock.setTimeout(fn, delayMs),
      clearTimeout: (handle) => clock.clearTimeout(handle),
    },
    {
      onEvent: (event: PushedEvent) => seen.push(event.seq),
      onGap: () => {
        gaps++
      },
      onState: (state) => states.push(state),
      onContact: () => undefined,
    },
  )
  const last = (): FakeSocket => {
    const socket = sockets.at(-1)
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }
  return { clock, link, sockets, seen, states, last, gaps: () => gaps }
}

// All of these run the real link over fake sockets and a fake clock.
describe('push link', () => {
  test('API-06 hands on each event once and in order, whatever repeats', () => {
    const { link, last, seen } = linkHarness()
    link.start()
    last().greets('a', 4)
    for (const seq of [4, 5, 5, 6]) last().event(seq)
    expect(seen).toEqual([5, 6])
  })

  test('API-06 sees a gap in the sequence and asks for what it missed', () => {
    const { link, last, seen } = linkHarness()
    link.start()
    last().greets('a', 0)
    last().event(1)
    last().event(4)
    expect(last().sent).toEqual([{ type: 'resume', after: 1, instance: 'a' }])
    for (const seq of [2, 3, 4]) last().event(seq)
    expect(seen).toEqual([1, 2, 3, 4])
  })

  test('WEB-05 reconnects after a loss and resumes from the last event it saw', () => {
    const { clock, link, sockets, last, seen, states } = linkHarness()
    link.start()
    last().greets('a', 0)
    last().event(1)
    last().onclose?.()
    clock.advance(500)
    expect(sockets.length).toBe(2)
    last().greets('a', 3)
    expect(last().sent).toEqual([{ type: 'resume', after: 1, instance: 'a' }])
    last().event(2)
    last().event(3)
    expect(seen).toEqual([1, 2, 3])
    expect(states).toEqual(['connecting', 'open', 'closed', 'connecting', 'open'])
  })

  test('WEB-05 after a restart of the backend everything is read anew and the new numbers count', () => {
    const { clock, link, last, seen, gaps } = linkHarness()
    link.start()
    last().greets('a', 900)
    last().onclose?.()
    clock.advance(500)
    last().greets('b', 2)
    expect(last().sent).toEqual([{ type: 'resume', after: 900, instance: 'a' }])
    last().says({ type: 'gap', after: 900, oldestSeq: 1, seq: 2 })
    last().event(3)
    expect([gaps(), seen]).toEqual([1, [3]])
  })

  test('WEB-05 tries again in growing pauses, at most 8 s, and at once when told', () => {
    const { clock, link, sockets, last } = linkHarness()
    link.start()
    const pauses: number[] = []
    for (let attempt = 0; attempt < 7; attempt++) {
      last().onclose?.()
      const count = sockets.length
      let waited = 0
      while (sockets.length === count) {
        clock.advance(100)
        waited += 100
      }
      pauses.push(waited)
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
    last().onclose?.()
    const count = sockets.length
    link.start()
    expect(sockets.length).toBe(count + 1)
    clock.advance(20_000)
    expect(sockets.length).toBe(count + 1)
  })

  test('WEB-05 takes a silent socket for dead, though it never closed', () => {
    const { clock, link, sockets, last, states } = linkHarness()
    link.start()
    last().greets('a', 0)
    clock.advance(20_000)
    last().says({ type: 'ping', atMs: 0 })
    clock.advance(24_000)
    expect(sockets.length).toBe(1)
    clock.advance(1_000)
    expect([sockets[0]?.isClosed, states.at(-1)]).toEqual([true, 'closed'])
    clock.advance(500)
    expect(sockets.length).toBe(2)
  })

  test('I13 stop leaves no timer and no socket', () => {
    const { clock, link, last } = linkHarness()
    link.start()
    last().greets('a', 0)
    link.stop()
    expect([clock.pending, last().isClosed]).toEqual([0, true])
  })
})
