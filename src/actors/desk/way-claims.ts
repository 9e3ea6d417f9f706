import type { BotId, InstrumentId } from '#domain/ids'
import type { Proposal, Side } from '#domain/order'
import type { ClockPort } from '#ports/clock'

/** How long a claim holds after the last attempt that found the way blocked, ms: longer than any pause between two of them. */
const CLAIM_MS = 15_000

interface Claim {
  readonly botId: BotId
  readonly side: Side
  readonly untilUs: number
}

/**
 * Closing orders that wait for orders of our own to be out of their way. Those are being canceled; were others placed meanwhile, a bot that
 * quotes again at once would keep a position open for ever. A claim ends when its order is sent, and by itself. Not journaled: after a restart
 * the next attempt claims anew.
 */
export class WayClaims {
  readonly #clock: ClockPort
  readonly #claims = new Map<InstrumentId, Claim>()

  constructor(clock: ClockPort) {
    this.#clock = clock
  }

  /** Keeps the other side of the market free for this order. Of two that oppose each other the first has it. */
  claim({ botId, instrumentId, side }: Proposal): void {
    const known = this.#standing(instrumentId)
    if (known !== null && known.side !== side) return
    this.#claims.set(instrumentId, { botId, side, untilUs: this.#clock.monotonicUs() + CLAIM_MS * 1_000 })
  }

  /** Returns whose closing order an order would get in the way of; null for nobody's. */
  against({ instrumentId, side }: Proposal): BotId | null {
    const claim = this.#standing(instrumentId)
    return claim === null || claim.side === side ? null : claim.botId
  }

  /** An order has left: what its bot claimed there is its own now. */
  onSent({ botId, instrumentId, side }: Proposal): void {
    const claim = this.#claims.get(instrumentId)
    if (claim?.botId === botId && claim.side === side) this.#claims.delete(instrumentId)
  }

  #standing(instrumentId: InstrumentId): Claim | null {
    const claim = this.#claims.get(instrumentId)
    if (claim === undefined) return null
    if (this.#clock.monotonicUs() < claim.untilUs) return claim
    this.#claims.delete(instrumentId)
    return null
  }
}
