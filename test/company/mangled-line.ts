import type { SocketHandlers, SocketPort } from '#ports/transport'
import { type MemoryNetwork, MemoryTransport } from '#sim/network'
import type { World } from './world'

/** What becomes of a frame that reaches us: carried, swallowed, carried twice, held back until after the next of its channel and symbol, or changed. */
export type FrameFate = 'carry' | 'drop' | 'twice' | 'hold' | { readonly text: string }

/** Channel and symbol of a frame, as one key. */
export function topicOf(text: string): string {
  return `${/"channel":"(\w+)"/.exec(text)?.[1]} ${/"symbol":"([^"]+)"/.exec(text)?.[1]}`
}

/** A process's side of the network behind a proxy that loses, repeats, reorders and changes frames on their last step. */
class MangledLine extends MemoryTransport {
  readonly #mangle: (text: string) => FrameFate

  constructor(network: MemoryNetwork, mangle: (text: string) => FrameFate) {
    super(network)
    this.#mangle = mangle
  }

  override openSocket(url: string, handlers: SocketHandlers): SocketPort {
    const held = new Map<string, string>()
    return super.openSocket(url, {
      onOpen: () => handlers.onOpen(),
      onClose: (code, reason) => handlers.onClose(code, reason),
      onText: (text) => {
        const fate = this.#mangle(text)
        if (fate === 'drop') return
        const topic = topicOf(text)
        const late = held.get(topic)
        if (fate === 'hold' && late === undefined) {
          held.set(topic, text)
          return
        }
        handlers.onText(typeof fate === 'object' ? fate.text : text)
        if (fate === 'twice') handlers.onText(text)
        if (late !== undefined) handlers.onText(late)
        held.delete(topic)
      },
    })
  }
}

/** Lets `mangle` decide over each frame that reaches the company, in every life that starts from now on. */
export function mangleLine(world: World, mangle: (text: string) => FrameFate): void {
  Object.assign(world.network, { transport: () => new MangledLine(world.network, mangle) })
}
