import { AppError, messageOf } from '#domain/errors'
import type { LogPort } from '#ports/alerter'
import type { SimConnection, SimConnectionHandlers, SimRequest, SimServer } from './server'

/** A served emulator. */
export interface ServedSim {
  readonly port: number
  /** Count of sockets that are open now. */
  readonly openSockets: number
  /** Cuts what is open and frees the port. */
  stop(): Promise<void>
}

export interface ServeOptions {
  /** Loopback port; 0 takes a free one. */
  readonly port: number
  readonly log: LogPort
  /** Called for each request and each message of a client. */
  readonly onTraffic?: () => void
}

/**
 * The server's side of one WebSocket. The emulator is asked before the handshake is answered, so that a refusal shows as a failed
 * handshake; what it says before the socket is open waits.
 */
class SocketLine implements SimConnection {
  handlers: SimConnectionHandlers | null = null
  #socket: Bun.ServerWebSocket<SocketLine> | null = null
  #early: string[] = []
  #ending: (() => void) | null = null

  open(socket: Bun.ServerWebSocket<SocketLine>): void {
    this.#socket = socket
    for (const text of this.#early) socket.send(text)
    this.#early = []
    this.#ending?.()
  }

  send(text: string): void {
    if (this.#socket === null) this.#early.push(text)
    else this.#socket.send(text)
  }

  close(code: number, reason: string, abrupt = false): void {
    if (this.#socket === null) this.#ending = (): void => this.close(code, reason, abrupt)
    else if (abrupt) this.#socket.terminate()
    else this.#socket.close(code, reason)
  }
}

const BODY_BYTES_MAX = 1_000_000

async function toSimRequest(request: Request): Promise<SimRequest> {
  const url = new URL(request.url)
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
  }
}

/** Cuts the connection without a byte of an answer: a body that fails before its first chunk makes the server drop the line. */
function cutLine(): Response {
  return new Response(new ReadableStream({ start: (controller) => controller.error() }))
}

async function answer(sim: SimServer, request: Request, log: LogPort): Promise<Response> {
  try {
    const response = await sim.handle(await toSimRequest(request))
    if (response.kind === 'drop') return cutLine()
    return new Response(response.body, { status: response.status, headers: response.headers })
  } catch (error) {
    log.error('emulator failed to answer', { method: request.method, url: request.url, error: messageOf(error) })
    return new Response('emulator failure', { status: 500 })
  }
}

/**
 * Serves an emulator on 127.0.0.1, HTTP and WebSocket on one port.
 * @throws {AppError} `PORT_IN_USE` when the port is taken.
 */
export function serveSim(sim: SimServer, options: ServeOptions): ServedSim {
  let open = 0
  const noteTraffic = options.onTraffic ?? ((): void => {})
  const start = (): Bun.Server<SocketLine> =>
    Bun.serve<SocketLine>({
      hostname: '127.0.0.1',
      port: options.port,
      idleTimeout: 0,
      maxRequestBodySize: BODY_BYTES_MAX,
      fetch: (request, server) => {
        noteTraffic()
        if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return answer(sim, request, options.log)
        const line = new SocketLine()
        line.handlers = sim.connect(new URL(request.url).pathname, line)
        if (line.handlers === null) return new Response('refused', { status: 403 })
        if (server.upgrade(request, { data: line })) return undefined
        line.handlers.onClose()
        return new Response('upgrade failed', { status: 400 })
      },
      websocket: {
        idleTimeout: 0,
        perMessageDeflate: false,
        open: (socket) => {
          open++
          socket.data.open(socket)
        },
        message: (socket, text) => {
          noteTraffic()
          socket.data.handlers?.onText(typeof text === 'string' ? text : text.toString('utf8'))
        },
        close: (socket) => {
          open--
          noteTraffic()
          socket.data.handlers?.onClose()
          socket.data.handlers = null
        },
      },
    })
  let server: Bun.Server<SocketLine>
  try {
    server = start()
  } catch (error) {
    throw new AppError(`port ${options.port} on 127.0.0.1 cannot be opened: ${messageOf(error)}; choose another or stop what uses it`, {
      code: 'PORT_IN_USE',
      severity: 'HIGH',
      cause: error,
    })
  }
  return {
    port: server.port ?? options.port,
    get openSockets() {
      return open
    },
    stop: () => server.stop(true),
  }
}
