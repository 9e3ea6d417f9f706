import { AppError } from '#domain/errors'
import { type ApiParts, createApi } from './app'
import { ApiError } from './errors'
import { InspectHub, type InspectionSource } from './inspect'
import { PUSH_LIMITS, PushHub, type PushLimits, type PushSocket } from './push'

/** What the server needs besides the API's parts. */
export interface ServeParts extends ApiParts {
  /** The page at `/`: `import page from './web/index.html'`. Null serves the API alone. */
  readonly page: Bun.HTMLBundle | null
  /** Null answers 403 on `/api/v1/inspect`, as `options.inspection: false` does. */
  readonly inspector: InspectionSource | null
  readonly pushLimits?: PushLimits
  /** Called with each text that leaves, to be searched for what may not (I9); nothing is searched without it. */
  readonly watchText?: (where: string, text: string) => void
}

/** A running server. */
export interface ApiServer {
  readonly url: string
  readonly port: number
  /** Closes every socket and stops listening. */
  stop(): Promise<void>
}

interface SocketHub {
  open(socket: PushSocket): void
  closed(socket: PushSocket): void
}

interface SocketData {
  readonly hub: SocketHub
  readonly receive: (socket: PushSocket, text: string) => void
  socket: PushSocket | null
}

function toPushSocket(socket: Bun.ServerWebSocket<SocketData>): PushSocket {
  return {
    send: (text) => {
      socket.send(text) // a full buffer shows in bufferedBytes, which the hub asks after every send
    },
    bufferedBytes: () => socket.getBufferedAmount(),
    close: (code, reason) => socket.close(code, reason),
  }
}

const websocket: Bun.WebSocketHandler<SocketData> = {
  maxPayloadLength: 4_096,
  backpressureLimit: 16_777_216,
  closeOnBackpressureLimit: true,
  idleTimeout: 120,
  open(ws) {
    const socket = toPushSocket(ws)
    ws.data.socket = socket
    ws.data.hub.open(socket)
  },
  message(ws, message) {
    if (ws.data.socket !== null) ws.data.receive(ws.data.socket, typeof message === 'string' ? message : '')
  },
  close(ws) {
    if (ws.data.socket !== null) ws.data.hub.closed(ws.data.socket)
  },
}

function portError(error: unknown, host: string, port: number): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) return error
  const message = `Port ${port} on ${host} is in use; stop what runs there or set another api.port (0 takes any free one)`
  return new AppError(message, { code: 'PORT_IN_USE', severity: 'CRITICAL', cause: error, details: { host, port } })
}

function listen(parts: ServeParts, push: PushHub, inspect: InspectHub | null): Bun.Server<SocketData> {
  const { options, page, watchText } = parts
  const app = createApi(parts)
  const handle = (request: Request, server: Bun.Server<SocketData>) => {
    const upgrade = (channel: 'push' | 'inspect', protocol: string | null): void => {
      const hub = channel === 'push' ? push : inspect
      if (hub === null) throw new ApiError('FORBIDDEN', 'This company cannot be inspected')
      if (!hub.hasRoom) throw new ApiError('RATE_LIMITED', 'Too many open sockets; close one', { retryAfterSec: 10 })
      const receive = channel === 'push' ? (socket: PushSocket, text: string) => push.receive(socket, text) : () => undefined
      const headers = protocol === null ? {} : { 'sec-websocket-protocol': protocol }
      if (!server.upgrade(request, { data: { hub, receive, socket: null }, headers })) {
        throw new ApiError('REQUEST_INVALID', 'The WebSocket handshake is malformed', { fields: [] })
      }
    }
    const env = { address: server.requestIP(request)?.address ?? 'unknown', port: server.port ?? options.port, upgrade }
    const answer = app.fetch(request, env)
    return watchText === undefined ? answer : watched(answer, watchText)
  }
  try {
    return Bun.serve<SocketData, string>({
      hostname: options.host,
      port: options.port,
      development: false,
      // Without it, Bun 1.4.5 shares the port of another such server when development is false: two companies would answer in turn.
      reusePort: false,
      maxRequestBodySize: 1_048_576, // a backstop; the API's own limit answers first, in the envelope
      routes: page === null ? { '/*': handle } : { '/api/*': handle, '/*': page },
      websocket,
    })
  } catch (error) {
    throw portError(error, options.host, options.port)
  }
}

/** Hands the text of an answer over before it leaves, of whatever type it says to be. */
async function watched(answer: Response | Promise<Response>, watchText: (where: string, text: string) => void): Promise<Response> {
  const response = await answer
  if (response.body !== null) watchText('an answer of the API', await response.clone().text())
  return response
}

/** Hands each inspection message over before it leaves. */
function watchedInspection(source: InspectionSource, watchText: ServeParts['watchText']): InspectionSource {
  if (watchText === undefined) return source
  return {
    attach: (send) =>
      source.attach((text) => {
        watchText('an inspection message', text)
        send(text)
      }),
  }
}

/**
 * Serves the API, its sockets and the page.
 * @throws {AppError} PORT_IN_USE when something else listens there.
 * @throws {ConfigError} when the options would let strangers in.
 */
export function serveApi(parts: ServeParts): ApiServer {
  const push = new PushHub(parts.control, parts.clock, parts.pushLimits ?? PUSH_LIMITS, (text) =>
    parts.watchText?.('a push of the API', text),
  )
  const inspect = parts.inspector === null ? null : new InspectHub(watchedInspection(parts.inspector, parts.watchText))
  let server: Bun.Server<SocketData>
  try {
    server = listen(parts, push, inspect)
  } catch (error) {
    push.stop()
    throw error
  }
  const port = server.port ?? parts.options.port
  const host = parts.options.host.includes(':') ? `[${parts.options.host}]` : parts.options.host
  return {
    url: `http://${host}:${port}/`,
    port,
    stop: async () => {
      push.stop()
      inspect?.stop()
      await server.stop(true)
    },
  }
}
