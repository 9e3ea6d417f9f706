import { describe, expect, test } from 'bun:test'
import { MemoryNetwork, type MemoryNetworkOptions } from '#sim/network'
import { SeededRandom } from '#sim/random'
import type { SimConnection, SimRequest, SimResponse, SimServer } from '#sim/server'
import { VirtualClock } from '#sim/virtual-clock'
import type { Fate, Passage } from '#sim/wire'
import type { HttpRequest, HttpResult } from '#ports/transport'

const START = Date.UTC(2026, 0, 5)

/** A server that answers with what it was asked and echoes texts; the network and the clock under it are the ones that are tested. */
class EchoServer implements SimServer {
  readonly requests: SimRequest[] = []
  readonly seen: string[] = []
  readonly connections: SimConnection[] = []
  greeting: string | null = null
  response: SimResponse | null = null

  async handle(request: SimRequest): Promise<SimResponse> {
    this.requests.push(request)
    return this.response ?? { kind: 'answer', status: 200, headers: { 'X-Kind': 'echo' }, body: request.body }
  }

  connect(path: string, connection: SimConnection) {
    if (path === '/closed') return null
    this.connections.push(connection)
    if (this.greeting !== null) connection.send(this.greeting)
    this.seen.push(`open ${path}`)
    return {
      onText: (text: string) => {
        this.seen.push(text)
        connection.send(`echo ${text}`)
      },
      onClose: () => this.seen.push('closed'),
    }
  }
}

function setUp(options: Partial<MemoryNetworkOptions> = {}) {
  const clock = new VirtualClock(START)
  const network = new MemoryNetwork({ clock, random: new SeededRandom('network'), ...options })
  const server = new EchoServer()
  network.register('api.venue.test', server)
  const log: string[] = []
  const at = () => clock.now() - START
  const handlers = {
    onOpen: () => log.push(`${at()} open`),
    onText: (text: string) => log.push(`${at()} ${text}`),
    onClose: (code: number, reason: string) => log.push(`${at()} close ${code} ${reason}`.trimEnd()),
  }
  return { clock, network, server, log, handlers, transport: network.transport() }
}

const post = (body: string, timeoutMs = 1_000): HttpRequest => ({
  method: 'POST',
  url: 'https://api.venue.test/0/private/Add?x=1&y=2',
  headers: { 'API-Key': 'k' },
  body,
  timeoutMs,
})

describe('MemoryNetwork in virtual time: requests', () => {
  test('SIM-08 carries a request and its answer, each after the latency of the link', async () => {
    const { clock, server, transport } = setUp()
    let result: HttpResult | null = null
    let atMs = 0
    void transport.request(post('a=1')).then((value) => {
      result = value
      atMs = clock.now()
    })
    clock.runUntil(START + 9)
    expect(server.requests).toEqual([])
    clock.runUntil(START + 100)
    expect(server.requests).toEqual([
      { method: 'POST', path: '/0/private/Add', query: 'x=1&y=2', headers: { 'api-key': 'k' }, body: 'a=1' },
    ])
    expect(result).toEqual({ kind: 'answer', status: 200, headers: { 'x-kind': 'echo' }, body: 'a=1' } as never)
    expect(atMs).toBe(START + 20)
    expect(clock.pending).toBe(0)
  })

  const outcome = (transport: { request(request: HttpRequest): Promise<HttpResult> }, clock: VirtualClock, request: HttpRequest) => {
    const seen: { result: HttpResult | null; atMs: number } = { result: null, atMs: 0 }
    void transport.request(request).then((result) => {
      seen.result = result
      seen.atMs = clock.now() - START
    })
    clock.advance(60_000)
    return seen
  }

  test('an unknown host, and one that is down, refuse the connection: nothing was sent', () => {
    const { clock, network, server, transport } = setUp()
    expect(outcome(transport, clock, { ...post(''), url: 'https://other.test/' }).result?.kind).toBe('unsent')
    network.setUp('api.venue.test', false)
    expect(outcome(transport, clock, post('')).result).toEqual({ kind: 'unsent', reason: 'connection refused by api.venue.test' })
    expect(server.requests).toEqual([])
  })

  test('a server that drops leaves the outcome in doubt', () => {
    const { clock, server, transport } = setUp()
    server.response = { kind: 'drop' }
    expect(outcome(transport, clock, post('')).result?.kind).toBe('lost')
    expect(server.requests).toHaveLength(1)
  })

  test.each([['up', 0] as const, ['down', 1] as const])(
    'a message lost on its way %s is a time-out, exactly at the deadline',
    (direction, seen) => {
      const { clock, server, transport } = setUp({
        fate: (passage): Fate => (passage.direction === direction ? { kind: 'drop' } : { kind: 'carry', extraMs: 0 }),
      })
      expect(outcome(transport, clock, post('', 700))).toEqual({ result: { kind: 'lost', reason: 'no answer within 700 ms' }, atMs: 700 })
      expect(server.requests).toHaveLength(seen)
    },
  )

  test('a duplicated request reaches the server twice and is answered once', () => {
    const { clock, server, transport } = setUp({
      fate: (passage): Fate => (passage.direction === 'up' ? { kind: 'duplicate' } : { kind: 'carry', extraMs: 0 }),
    })
    expect(outcome(transport, clock, post('x')).result?.kind).toBe('answer')
    expect(server.requests).toHaveLength(2)
  })

  test('a bug of an emulator ends the run instead of looking like a network fault', () => {
    const { clock, network, transport } = setUp()
    network.register('broken.test', {
      handle: () => Promise.reject(new Error('emulator bug')),
      connect: () => null,
    })
    void transport.request({ ...post(''), url: 'https://broken.test/' })
    expect(() => clock.runUntil(START + 100)).toThrow('emulator bug')
  })
})

describe('MemoryNetwork in virtual time: sockets', () => {
  test('opens, echoes and closes with a handshake; both sides hear the end once', () => {
    const { clock, network, server, log, handlers, transport } = setUp()
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    expect(socket.send('too early')).toBe(false)
    clock.runUntil(START + 20)
    expect(socket.send('one')).toBe(true)
    expect(socket.send('two')).toBe(true)
    clock.runUntil(START + 40)
    socket.close()
    socket.close()
    expect(socket.send('too late')).toBe(false)
    clock.runUntil(START + 200)
    expect(log).toEqual(['20 open', '40 echo one', '40 echo two', '60 close 1000'])
    expect(server.seen).toEqual(['open /v2', 'one', 'two', 'closed'])
    expect([network.openSockets, clock.pending]).toEqual([0, 0])
  })

  test('what the server says while it accepts comes after the opening', () => {
    const { clock, server, log, handlers, transport } = setUp()
    server.greeting = 'hello'
    transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 100)
    expect(log).toEqual(['20 open', '20 hello'])
  })

  test('keeps the order of a socket although each message draws its own latency', () => {
    const { clock, log, server, handlers, transport } = setUp({ latencyMs: (random) => random.next() * 50 })
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 200)
    const texts = Array.from({ length: 50 }, (_, index) => `m${index}`)
    for (const text of texts) {
      socket.send(text)
      clock.advance(3)
    }
    clock.advance(500)
    expect(server.seen.slice(1)).toEqual(texts)
    expect(log.slice(1).map((line) => line.split('echo ')[1])).toEqual(texts)
  })

  test('a refused upgrade and a refused connection are a close with the reason', () => {
    const { clock, log, network, handlers, transport } = setUp()
    transport.openSocket('wss://api.venue.test/closed', handlers)
    transport.openSocket('wss://nowhere.test/', handlers)
    clock.runUntil(START + 100)
    expect(log).toEqual(['20 close 1006 upgrade refused by the server', '20 close 1006 connection refused by nowhere.test'])
    expect(network.openSockets).toBe(0)
  })

  test('the server closes: with a handshake the code and reason arrive after what was sent, abruptly it is 1006', () => {
    const { clock, log, server, network, handlers, transport } = setUp()
    transport.openSocket('wss://api.venue.test/a', handlers)
    transport.openSocket('wss://api.venue.test/b', handlers)
    clock.runUntil(START + 100)
    server.connections[0]?.send('last words')
    server.connections[0]?.close(1001, 'maintenance')
    server.connections[0]?.send('never')
    server.connections[1]?.close(1011, 'ignored', true)
    clock.runUntil(START + 200)
    expect(log.slice(2)).toEqual(['110 last words', '110 close 1001 maintenance', '110 close 1006 connection lost'])
    expect(server.seen.filter((line) => line === 'closed')).toHaveLength(2)
    expect([network.openSockets, clock.pending]).toEqual([0, 0])
  })

  test('a closing or opening handshake that nobody answers ends by its deadline', () => {
    const lostAfter = { value: false }
    const fate = (passage: Passage): Fate =>
      lostAfter.value && passage.carrier === 'socket' ? { kind: 'drop' } : { kind: 'carry', extraMs: 0 }
    const { clock, log, network, handlers, transport } = setUp({ fate })
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 100)
    lostAfter.value = true
    socket.close()
    transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 20_000)
    expect(log).toEqual(['20 open', '2100 close 1006 closing handshake timed out', '10100 close 1006 opening handshake timed out'])
    expect(network.openSockets).toBe(0)
  })

  test('a socket is held until the client’s side has ended, however long its closing frame is on the way', () => {
    const fates: Fate[] = []
    const { clock, network, handlers, transport } = setUp({ fate: () => fates.shift() ?? { kind: 'carry', extraMs: 0 } })
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 100)
    fates.push({ kind: 'carry', extraMs: 30_000 })
    socket.send('late')
    socket.close()
    clock.runUntil(START + 2_000)
    expect([network.openSockets, network.heldSockets]).toEqual([1, 1])
    clock.runUntil(START + 3_000)
    expect([network.openSockets, network.heldSockets]).toEqual([1, 0])
    clock.runUntil(START + 31_000)
    expect([network.openSockets, network.heldSockets]).toEqual([0, 0])
  })

  test('a half-open line swallows without a sign; a cut ends both sides', () => {
    const fates: Fate[] = []
    const { clock, log, server, network, handlers, transport } = setUp({ fate: () => fates.shift() ?? { kind: 'carry', extraMs: 0 } })
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 100)
    fates.push({ kind: 'drop' })
    expect(socket.send('swallowed')).toBe(true)
    clock.runUntil(START + 200)
    network.cutSockets('api.venue.test')
    clock.runUntil(START + 300)
    expect(log).toEqual(['20 open', '210 close 1006 connection lost'])
    expect(server.seen).toEqual(['open /v2', 'closed'])
  })

  test('SIM-08 a fenced process sends nothing more and hears nothing more; what it sent before still arrives', () => {
    const { clock, log, server, network, handlers, transport } = setUp()
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 100)
    let answers = 0
    void transport.request(post('sent before')).then(() => answers++)
    socket.send('sent before')
    transport.fence()
    expect(socket.send('sent after')).toBe(false)
    socket.close()
    void transport.request(post('sent after')).then(() => answers++)
    transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 60_000)
    expect(log).toEqual(['20 open'])
    expect(answers).toBe(0)
    expect(server.seen).toEqual(['open /v2', 'sent before', 'closed'])
    expect(server.requests.map((request) => request.body)).toEqual(['sent before'])
    expect([network.openSockets, clock.pending]).toEqual([0, 0])
    const next = network.transport().openSocket('wss://api.venue.test/v2', handlers)
    clock.advance(100)
    expect(next.send('the next life')).toBe(true)
  })

  test('SIM-08 a process that dies while its closing frame is on the way back leaves no socket', () => {
    const { clock, log, network, handlers, transport } = setUp()
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 100)
    socket.close()
    clock.advance(15) // the server has ended, its answer is under way
    transport.fence()
    clock.runUntil(START + 60_000)
    expect(log).toEqual(['20 open'])
    expect([network.openSockets, clock.pending]).toEqual([0, 0])
  })

  test('a client that gives up while connecting hears one close and never an opening', () => {
    const { clock, log, server, network, handlers, transport } = setUp()
    transport.openSocket('wss://api.venue.test/v2', handlers).close()
    clock.runUntil(START + 100)
    expect(log).toEqual(['0 close 1006 closed before the connection was established'])
    expect(server.seen).toEqual([])
    expect([network.openSockets, clock.pending]).toEqual([0, 0])
  })
})

describe('MemoryNetwork in virtual time: a process that dies about a message', () => {
  /** Kills the process in the step in which a message is handed over, or right after that step. */
  function dying(isAfter: boolean) {
    const stage: { kill: () => void } = { kill: () => undefined }
    const all = setUp({
      fate: ({ text }) => {
        if (text === 'last') isAfter ? all.clock.defer(() => stage.kill()) : stage.kill()
        return { kind: 'carry', extraMs: 0 }
      },
    })
    stage.kill = () => all.transport.fence()
    return all
  }

  test('EXE-07 what was handed over before the death arrives, and is answered to nobody', () => {
    const { clock, server, log, handlers, transport } = dying(true)
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 100)
    socket.send('last')
    void transport.request(post('last')).then(() => log.push('answered'))
    clock.runUntil(START + 1_000)
    expect(server.seen).toEqual(['open /v2', 'last', 'closed'])
    expect(server.requests.map(({ body }) => body)).toEqual(['last'])
    expect(log).toEqual(['20 open'])
  })

  test('what a process was about to hand over when it died never leaves', () => {
    const { clock, server, log, handlers, transport, network } = dying(false)
    const socket = transport.openSocket('wss://api.venue.test/v2', handlers)
    clock.runUntil(START + 100)
    socket.send('last')
    clock.runUntil(START + 1_000)
    expect(server.seen).toEqual(['open /v2', 'closed'])
    const other = dying(false)
    void other.transport.request(post('last')).then(() => log.push('answered'))
    other.clock.runUntil(START + 1_000)
    expect(other.server.requests).toEqual([])
    expect(log).toEqual(['20 open'])
    expect([network.openSockets, clock.pending]).toEqual([0, 0])
  })

  test('a socket that is opened in the step of the death ends with it', () => {
    const all = setUp({
      fate: ({ text }) => {
        if (text === '') all.transport.fence()
        return { kind: 'carry', extraMs: 0 }
      },
    })
    all.transport.openSocket('wss://api.venue.test/v2', all.handlers)
    all.clock.runUntil(START + 60_000)
    expect(all.log).toEqual([])
    expect([all.network.openSockets, all.clock.pending]).toEqual([0, 0])
  })
})
