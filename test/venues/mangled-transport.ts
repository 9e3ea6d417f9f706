import type { SocketHandlers, TransportPort } from '#ports/transport'
import type { StreamName } from '#ports/venue'

/**
 * What becomes of a frame that a socket brings: carried, swallowed, carried twice, or held back until after the next one
 * of its channel and symbol.
 */
export type FrameFate = 'carry' | 'drop' | 'twice' | 'hold'

/** Carries the frames of sockets as `mangle` decides, and keeps hold of the sockets so that one stream alone can be cut. */
export class MangledTransport implements TransportPort {
  readonly #inner: TransportPort
  readonly #isPrivate: (url: string) => boolean
  readonly #mangle: (stream: StreamName, text: string) => FrameFate
  /** Ends the newest socket of a stream without a handshake. */
  readonly cut: Record<StreamName, () => void> = { public: () => {}, private: () => {} }
  /** Lets nothing more through to us on the newest socket of a stream, which stays open. */
  readonly silence: Record<StreamName, () => void> = { public: () => {}, private: () => {} }
  /** Brings a text to us as if the server had said it on the newest socket of a stream. */
  readonly #say: Record<StreamName, (text: string) => void> = { public: () => {}, private: () => {} }
  /** Texts sent on sockets, and bodies of private calls, in the order of sending. */
  readonly sent: string[] = []
  readonly bodies: string[] = []

  /** @param isPrivate whether a socket of that address is the private stream. */
  constructor(inner: TransportPort, isPrivate: (url: string) => boolean, mangle: (stream: StreamName, text: string) => FrameFate) {
    this.#inner = inner
    this.#isPrivate = isPrivate
    this.#mangle = mangle
  }

  request(request: Parameters<TransportPort['request']>[0]) {
    if (request.body !== null) this.bodies.push(request.body)
    return this.#inner.request(request)
  }

  inject(stream: StreamName, text: string): void {
    this.#say[stream](text)
  }

  openSocket(url: string, handlers: SocketHandlers) {
    const stream: StreamName = this.#isPrivate(url) ? 'private' : 'public'
    const held = new Map<string, string>()
    let isOver = false
    let isSilent = false
    const end = (code: number, reason: string): void => {
      if (isOver) return
      isOver = true
      handlers.onClose(code, reason)
    }
    const socket = this.#inner.openSocket(url, {
      onOpen: () => handlers.onOpen(),
      onText: (text) => {
        const fate = this.#mangle(stream, text)
        if (fate === 'drop' || isOver || isSilent) return
        const topic = topicOf(text)
        const late = held.get(topic)
        if (fate === 'hold' && late === undefined) {
          held.set(topic, text)
          return
        }
        handlers.onText(text)
        if (fate === 'twice') handlers.onText(text)
        if (late !== undefined) handlers.onText(late)
        held.delete(topic)
      },
      onClose: end,
    })
    this.cut[stream] = () => {
      end(1006, 'connection lost')
      socket.close()
    }
    this.silence[stream] = () => {
      isSilent = true
    }
    this.#say[stream] = (text) => {
      if (!isOver && !isSilent) handlers.onText(text)
    }
    return {
      send: (text: string): boolean => {
        const hasLeft = !isOver && socket.send(text)
        if (hasLeft) this.sent.push(text)
        return hasLeft
      },
      close: () => socket.close(),
    }
  }
}

function topicOf(text: string): string {
  return `${/"channel":"(\w+)"/.exec(text)?.[1]} ${/"symbol":"([^"]+)"/.exec(text)?.[1]}`
}
