import type { SocketHandlers, TransportPort } from '#ports/transport'

/** Counts the sockets that were opened and have not told of their end. */
export class TransportWatch {
  #open = 0

  get open(): number {
    return this.#open
  }

  /** Returns a transport that does what `inner` does, and is counted. */
  over(inner: TransportPort): TransportPort {
    return {
      request: (request) => inner.request(request),
      openSocket: (url, handlers) => {
        this.#open++
        return inner.openSocket(url, this.#counted(handlers))
      },
    }
  }

  #counted(handlers: SocketHandlers): SocketHandlers {
    return {
      onOpen: () => handlers.onOpen(),
      onText: (text) => handlers.onText(text),
      onClose: (code, reason) => {
        this.#open--
        handlers.onClose(code, reason)
      },
    }
  }
}
