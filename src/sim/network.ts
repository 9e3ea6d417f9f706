import { InvariantError } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { RandomPort } from '#ports/random'
import type { HttpRequest, HttpResult, SocketHandlers, SocketPort, TransportPort } from '#ports/transport'
import { MemorySocket } from './network-socket'
import type { SimResponse, SimServer } from './server'
import type { Fate, Latency, Passage, Wire } from './wire'

export interface MemoryNetworkOptions {
  readonly clock: ClockPort
  readonly random: RandomPort
  /** For hosts that name none. Default 10 ms each way. */
  readonly latencyMs?: Latency
  /** Decides over every message; null carries all. */
  readonly fate?: ((passage: Passage) => Fate) | null
}

interface Host {
  readonly server: SimServer
  readonly latencyMs: Latency | null
  isUp: boolean
}

const CARRY: Fate = { kind: 'carry', extraMs: 0 }

/**
 * The network in memory (SIM-01, SIM-08): the bytes that an adapter would give to real sockets reach emulators as events of the
 * clock, each after its latency. A process is given one `transport`; a crash fences it, and the next life takes a new one.
 */
export class MemoryNetwork implements Wire {
  readonly clock: ClockPort
  readonly #random: RandomPort
  readonly #latencyMs: Latency
  readonly #fate: ((passage: Passage) => Fate) | null
  readonly #hosts = new Map<string, Host>()
  readonly #sockets = new Set<MemorySocket>()

  constructor(options: MemoryNetworkOptions) {
    this.clock = options.clock
    this.#random = options.random
    this.#latencyMs = options.latencyMs ?? 10
    this.#fate = options.fate ?? null
  }

  /** Count of sockets that are not yet closed on both sides. */
  get openSockets(): number {
    return this.#sockets.size
  }

  /** Count of sockets whose client's side has not ended: what processes hold, whatever is still on its way to the servers. */
  get heldSockets(): number {
    let count = 0
    for (const socket of this.#sockets) if (socket.isHeld) count++
    return count
  }

  /** Lets `host` (name, and port where the address has one) be answered by a server. */
  register(host: string, server: SimServer, latencyMs: Latency | null = null): void {
    if (this.#hosts.has(host)) throw new InvariantError(`MemoryNetwork: host ${host} is registered already`)
    this.#hosts.set(host, { server, latencyMs, isUp: true })
  }

  /** Refuses new connections of a host (or takes them again), as a venue in maintenance does. Open sockets stay: see `cutSockets`. */
  setUp(host: string, isUp: boolean): void {
    const entry = this.#hosts.get(host)
    if (entry === undefined) throw new InvariantError(`MemoryNetwork: host ${host} is not registered`)
    entry.isUp = isUp
  }

  /** Cuts every open socket of a host (or of all) without a closing handshake. */
  cutSockets(host: string | null = null): void {
    for (const socket of [...this.#sockets]) if (host === null || socket.host === host) socket.cut()
  }

  /** Returns a process's side of the network. */
  transport(): MemoryTransport {
    return new MemoryTransport(this)
  }

  reach(host: string): SimServer | null {
    const entry = this.#hosts.get(host)
    return entry?.isUp === true ? entry.server : null
  }

  travelMs(host: string): number {
    const latency = this.#hosts.get(host)?.latencyMs ?? this.#latencyMs
    return Math.max(0, typeof latency === 'number' ? latency : latency(this.#random))
  }

  fateOf(passage: Passage): Fate {
    return this.#fate === null ? CARRY : this.#fate(passage)
  }

  /** Opens a socket for a transport and keeps count of it. */
  openSocket(url: URL, handlers: SocketHandlers): MemorySocket {
    const socket = new MemorySocket(this, url, handlers, () => this.#sockets.delete(socket))
    this.#sockets.add(socket)
    return socket
  }
}

/** The network as one process sees it. */
export class MemoryTransport implements TransportPort {
  readonly #network: MemoryNetwork
  readonly #sockets = new Set<MemorySocket>()
  readonly #timers = new Set<unknown>()
  #isFenced = false

  constructor(network: MemoryNetwork) {
    this.#network = network
  }

  /**
   * Kills this side, as a crash does: nothing that is sent from now on leaves, no callback fires, no request is answered. What
   * was sent before still arrives, and the servers see the sockets end.
   */
  fence(): void {
    this.#isFenced = true
    for (const socket of this.#sockets) socket.fence()
    for (const timer of this.#timers) this.#network.clock.clearTimeout(timer)
    this.#sockets.clear()
    this.#timers.clear()
  }

  openSocket(url: string, handlers: SocketHandlers): SocketPort {
    if (this.#isFenced) return DEAD_SOCKET
    const socket = this.#network.openSocket(new URL(url), {
      onOpen: () => handlers.onOpen(),
      onText: (text) => handlers.onText(text),
      onClose: (code, reason) => {
        this.#sockets.delete(socket)
        handlers.onClose(code, reason)
      },
    })
    // The process may have died as it opened the socket.
    if (this.#isFenced) socket.fence()
    else this.#sockets.add(socket)
    return socket
  }

  request(request: HttpRequest): Promise<HttpResult> {
    return new Promise((resolve) => {
      if (this.#isFenced) return
      const { clock } = this.#network
      let isOver = false
      const timer = clock.setTimeout(() => settle(lost(`no answer within ${request.timeoutMs} ms`)), request.timeoutMs)
      this.#timers.add(timer)
      const settle = (result: HttpResult) => {
        if (isOver || this.#isFenced) return
        isOver = true
        clock.clearTimeout(timer)
        this.#timers.delete(timer)
        resolve(result)
      }
      this.#carry(request, settle)
    })
  }

  #carry(request: HttpRequest, settle: (result: HttpResult) => void): void {
    const network = this.#network
    const url = new URL(request.url)
    const { host, pathname: path } = url
    const answer = (result: HttpResult) => {
      const text = result.kind === 'answer' ? result.body : result.reason
      this.#travel({ host, path, carrier: 'http', direction: 'down', text }, () => settle(result), settle)
    }
    const arrive = () => {
      const server = network.reach(host)
      if (server === null) {
        network.clock.setTimeout(() => settle({ kind: 'unsent', reason: `connection refused by ${host}` }), network.travelMs(host))
        return
      }
      server.handle(toSimRequest(request, url)).then(
        (response) => answer(toResult(response)),
        // An emulator answers or drops; a throw is a bug of ours and must end the run, not look like a network fault.
        (error: unknown) =>
          network.clock.defer(() => {
            throw error
          }),
      )
    }
    this.#travel({ host, path, carrier: 'http', direction: 'up', text: request.body ?? '' }, arrive, settle)
  }

  #travel(passage: Passage, arrive: () => void, settle: (result: HttpResult) => void): void {
    const network = this.#network
    const fate = network.fateOf(passage)
    // The process may have died in the very step in which it handed the message over: then it never left.
    if (this.#isFenced && passage.direction === 'up') return
    const travelMs = network.travelMs(passage.host)
    switch (fate.kind) {
      case 'carry':
        network.clock.setTimeout(arrive, travelMs + fate.extraMs)
        return
      case 'duplicate':
        network.clock.setTimeout(arrive, travelMs)
        network.clock.setTimeout(arrive, travelMs)
        return
      case 'cut':
        network.clock.setTimeout(() => settle(lost('connection reset')), travelMs)
        return
      case 'drop':
        return
    }
  }
}

const DEAD_SOCKET: SocketPort = { send: () => false, close: () => undefined }

function lost(reason: string): HttpResult {
  return { kind: 'lost', reason }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function toSimRequest(request: HttpRequest, url: URL): Parameters<SimServer['handle']>[0] {
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: lowerCased(request.headers),
    body: request.body ?? '',
  }
}

function toResult(response: SimResponse): HttpResult {
  if (response.kind === 'drop') return lost('connection closed without an answer')
  return { kind: 'answer', status: response.status, headers: lowerCased(response.headers), body: response.body }
}
