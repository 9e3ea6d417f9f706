import WebSocket from 'ws'
import type { ClockPort } from '#ports/clock'
import type { SocketHandlers, SocketPort } from '#ports/transport'

/** How long the venue may take over the opening handshake. */
const HANDSHAKE_MS = 10_000
/** How long the venue may take to answer our closing frame; then the line is cut. */
const CLOSING_MS = 2_000

/** A real WebSocket. Pings of the server are answered by the library. */
export class NetSocket implements SocketPort {
  readonly #socket: WebSocket
  readonly #clock: ClockPort
  #deadline: unknown
  /** What went wrong, when something did; the library's close event alone would not say. */
  #failure = ''
  #isClosing = false

  constructor(url: string, handlers: SocketHandlers, clock: ClockPort) {
    this.#clock = clock
    this.#socket = new WebSocket(url, { followRedirects: false, perMessageDeflate: false })
    this.#deadline = clock.setTimeout(() => this.#cut('opening handshake timed out'), HANDSHAKE_MS)
    this.#socket.on('open', () => {
      clock.clearTimeout(this.#deadline)
      if (!this.#isClosing) handlers.onOpen()
    })
    this.#socket.on('message', (data) => handlers.onText(textOf(data)))
    // Without this listener the library only says that 101 was expected.
    this.#socket.on('unexpected-response', (_request, response) => this.#cut(`upgrade refused with status ${response.statusCode ?? 0}`))
    this.#socket.on('error', (error) => {
      if (this.#failure === '') this.#failure = error.message
    })
    this.#socket.on('close', (code, reason) => {
      clock.clearTimeout(this.#deadline)
      handlers.onClose(code, reason.toString() || this.#failure || (code === 1006 ? 'connection lost' : ''))
    })
  }

  send(text: string): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false
    this.#socket.send(text)
    return true
  }

  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#clock.clearTimeout(this.#deadline)
    this.#deadline = this.#clock.setTimeout(() => this.#cut('closing handshake timed out'), CLOSING_MS)
    this.#socket.close(1000)
  }

  #cut(reason: string): void {
    this.#failure = reason
    this.#socket.terminate()
  }
}

function textOf(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8')
}
