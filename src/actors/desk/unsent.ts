import type { InstrumentId } from '#domain/ids'
import type { UnsentCommands } from '#ports/venue'

const NOTHING_UNSENT: UnsentCommands = { submits: 0, amends: 0 }

/**
 * Order commands that were let go and have not been handed to their venue yet: they are at the gate, in preview or in the journal. The
 * venue's own count does not know them, so whoever asks it for budget says how many there are (PAIN-08). Shared by all that send.
 */
export class Unsent {
  readonly #byInstrument = new Map<InstrumentId, UnsentCommands>()

  of(instrumentId: InstrumentId): UnsentCommands {
    return this.#byInstrument.get(instrumentId) ?? NOTHING_UNSENT
  }

  /** Counts one command from now on. Call what is returned once it was sent, or will not be; a repeat changes nothing. */
  begin(instrumentId: InstrumentId, kind: keyof UnsentCommands): () => void {
    this.#add(instrumentId, kind, 1)
    let isCounted = true
    return () => {
      if (isCounted) this.#add(instrumentId, kind, -1)
      isCounted = false
    }
  }

  #add(instrumentId: InstrumentId, kind: keyof UnsentCommands, count: number): void {
    const before = this.of(instrumentId)
    const after = { ...before, [kind]: before[kind] + count }
    if (after.submits + after.amends === 0) this.#byInstrument.delete(instrumentId)
    else this.#byInstrument.set(instrumentId, after)
  }
}
