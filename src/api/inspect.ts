import type { PushSocket } from './push'

/** Where inspection messages come from: the runtime's inspector hub. */
export interface InspectionSource {
  /** Sends the present actors, then every message as it happens. Returns the function that ends it. */
  attach(send: (text: string) => void): () => void
}

/** Viewers at once; each costs the machines some µs an event. */
const VIEWERS_MAX = 4
const BUFFERED_BYTES_MAX = 8_388_608

/** The sockets of `/api/v1/inspect`: one text message an inspection message, nothing the other way. */
export class InspectHub {
  readonly #source: InspectionSource
  readonly #viewers = new Map<PushSocket, () => void>()

  constructor(source: InspectionSource) {
    this.#source = source
  }

  /** Count of open sockets. */
  get size(): number {
    return this.#viewers.size
  }

  /** True while another viewer may attach. */
  get hasRoom(): boolean {
    return this.#viewers.size < VIEWERS_MAX
  }

  /** Attaches a viewer; a slow one is dropped with 1013. */
  open(socket: PushSocket): void {
    // Kept before attaching, since a present company that overflows the socket drops it during the call.
    this.#viewers.set(socket, () => undefined)
    const detach = this.#source.attach((text) => {
      if (!this.#viewers.has(socket)) return
      socket.send(text)
      if (socket.bufferedBytes() > BUFFERED_BYTES_MAX) {
        this.closed(socket)
        socket.close(1013, 'too slow')
      }
    })
    if (this.#viewers.has(socket)) this.#viewers.set(socket, detach)
    else detach()
  }

  /** Detaches a viewer whose socket closed. */
  closed(socket: PushSocket): void {
    this.#viewers.get(socket)?.()
    this.#viewers.delete(socket)
  }

  /** Detaches and closes all. */
  stop(): void {
    for (const [socket, detach] of this.#viewers) {
      detach()
      socket.close(1001, 'the server stops')
    }
    this.#viewers.clear()
  }
}
