import type { SeededRandom } from '#sim/random'
import type { Fate, Passage } from '#sim/wire'
import type { NetworkFault } from './plan-types'

const CARRY: Fate = { kind: 'carry', extraMs: 0 }
const DROP: Fate = { kind: 'drop' }
const DUPLICATE: Fate = { kind: 'duplicate' }
const CUT: Fate = { kind: 'cut' }

interface Active {
  readonly fault: NetworkFault
  readonly random: SeededRandom
  readonly onHit: () => void
}

/** The network's faults in force: decides over each message, and lets who waits for one see it. */
export class NetworkFaults {
  #active: readonly Active[] = []
  #watchers: readonly ((passage: Passage) => void)[] = []

  /** Puts a fault into force; `onHit` is called for each message that it touched. Returns what ends it. */
  add(fault: NetworkFault, random: SeededRandom, onHit: () => void): () => void {
    const entry: Active = { fault, random, onHit }
    this.#active = [...this.#active, entry]
    return () => {
      this.#active = this.#active.filter((other) => other !== entry)
    }
  }

  /** Calls `watcher` with each message that is handed over. Returns what ends it. */
  watch(watcher: (passage: Passage) => void): () => void {
    this.#watchers = [...this.#watchers, watcher]
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watcher)
    }
  }

  /** What becomes of a message: the first fault that takes it decides. */
  fateOf(passage: Passage): Fate {
    for (const watcher of this.#watchers) watcher(passage)
    for (const { fault, random, onHit } of this.#active) {
      if (!isMet(fault, passage) || (fault.chance < 1 && random.next() >= fault.chance)) continue
      onHit()
      return fateBy(fault, random)
    }
    return CARRY
  }
}

function isMet({ carrier, direction, stream, effect }: NetworkFault, passage: Passage): boolean {
  if (carrier !== 'any' && carrier !== passage.carrier) return false
  if (direction !== 'any' && direction !== passage.direction) return false
  // A connection carries each of its bytes once, and the venue has no other guard against one order sent twice: see `faults.ts`.
  if (effect === 'duplicate' && passage.carrier === 'socket' && passage.direction === 'up' && passage.text.includes('"add_order"'))
    return false
  // Who asked takes the first answer and never sees a second.
  if (effect === 'duplicate' && passage.carrier === 'http' && passage.direction === 'down') return false
  // Handshakes and closing frames have no text: what is lost of them only delays what follows.
  if (passage.carrier === 'http') return true
  return passage.text !== '' && (stream === null || (stream === 'private') === passage.path.startsWith('/auth'))
}

function fateBy(fault: NetworkFault, random: SeededRandom): Fate {
  switch (fault.effect) {
    case 'drop':
    case 'mute':
      return DROP
    case 'delay':
      return { kind: 'carry', extraMs: 1 + random.integer(fault.extraMsMax) }
    case 'duplicate':
      return DUPLICATE
    case 'cut':
      return CUT
  }
}
