import { messageOf } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import type { HttpRequest, HttpResult, SocketHandlers, SocketPort, TransportPort } from '#ports/transport'
import { NetSocket } from './net-socket'

/** An answer beyond this is no venue's: it is cut off, and the outcome is in doubt. */
const BODY_BYTES_MAX = 32 * 1024 * 1024

/** Failures at which no byte of the request can have left: nobody took the connection, or the name has no address. */
const UNSENT_CODES: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'])

export interface NetTransportOptions {
  readonly clock: ClockPort
  /** Host names that may be reached, ports aside; null allows every host. A stolen dependency then has nowhere to send keys (PAIN-18). */
  readonly allowedHosts: readonly string[] | null
}

/** The real network: `fetch` and WebSockets. Redirects are not followed: they could leave the allowed hosts, or send a command twice. */
export class NetTransport implements TransportPort {
  readonly #clock: ClockPort
  readonly #allowedHosts: ReadonlySet<string> | null

  constructor(options: NetTransportOptions) {
    this.#clock = options.clock
    this.#allowedHosts = options.allowedHosts === null ? null : new Set(options.allowedHosts.map((host) => host.toLowerCase()))
  }

  async request(request: HttpRequest): Promise<HttpResult> {
    const refusal = this.#refusalOf(request.url)
    if (refusal !== null) return { kind: 'unsent', reason: refusal }
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: { ...request.headers },
        body: request.body,
        redirect: 'manual',
        signal: AbortSignal.timeout(request.timeoutMs),
      })
      const body = await readBody(response)
      if (body === null) return { kind: 'lost', reason: `answer longer than ${BODY_BYTES_MAX} bytes` }
      return { kind: 'answer', status: response.status, headers: Object.fromEntries(response.headers), body }
    } catch (error) {
      return failureOf(error, request.timeoutMs)
    }
  }

  openSocket(url: string, handlers: SocketHandlers): SocketPort {
    const refusal = this.#refusalOf(url)
    if (refusal !== null) {
      this.#clock.defer(() => handlers.onClose(1006, refusal))
      return { send: () => false, close: () => undefined }
    }
    return new NetSocket(url, handlers, this.#clock)
  }

  #refusalOf(url: string): string | null {
    const { hostname } = new URL(url)
    if (this.#allowedHosts === null || this.#allowedHosts.has(hostname)) return null
    return `egress to ${hostname} is refused: the host is not on the allow-list`
  }
}

async function readBody(response: Response): Promise<string | null> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let byteCount = 0
  for await (const chunk of response.body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
    byteCount += chunk.byteLength
    if (byteCount > BODY_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function failureOf(error: unknown, timeoutMs: number): HttpResult {
  if (error instanceof Error && error.name === 'TimeoutError') return { kind: 'lost', reason: `no answer within ${timeoutMs} ms` }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return { kind: UNSENT_CODES.has(code) ? 'unsent' : 'lost', reason: messageOf(error) }
}
