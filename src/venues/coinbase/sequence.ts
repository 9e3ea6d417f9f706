/** `repeat` was said before, or comes late: it is passed over. */
export type SequenceVerdict = 'inTurn' | 'gap' | 'repeat'

/** Watches the running number of a connection, which all channels and products on it share, acknowledgements and heartbeats too. */
export class SequenceWatch {
  #last: number | null = null

  check(sequence: number): SequenceVerdict {
    const last = this.#last
    if (last !== null && sequence <= last) return 'repeat'
    this.#last = sequence
    return last === null || sequence === last + 1 ? 'inTurn' : 'gap'
  }
}
