/** Private channels that number their messages. */
export type SequencedChannel = 'executions' | 'balances'

/** `waiting`: an update that came before the snapshot. */
export type SequenceVerdict = 'inTurn' | 'waiting' | 'gap' | 'repeat'

/** Watches the running numbers of the private channels: each subscription begins with its snapshot and counts up by one. */
export class SequenceWatch {
  readonly #last = new Map<SequencedChannel, number>()

  /** A new subscription was asked for: nothing is known until its snapshot. */
  expectSnapshot(channel: SequencedChannel): void {
    this.#last.delete(channel)
  }

  /** True until the snapshot of the present subscription has come. */
  isWaiting(channel: SequencedChannel): boolean {
    return !this.#last.has(channel)
  }

  check(channel: SequencedChannel, isSnapshot: boolean, sequence: number): SequenceVerdict {
    const last = this.#last.get(channel)
    if (isSnapshot) {
      this.#last.set(channel, sequence)
      return 'inTurn'
    }
    if (last === undefined) return 'waiting'
    this.#last.set(channel, Math.max(last, sequence))
    if (sequence === last + 1) return 'inTurn'
    return sequence > last ? 'gap' : 'repeat'
  }
}
