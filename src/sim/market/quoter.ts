import type { Side } from '#domain/order'
import type { HouseDesk } from '#sim/engine/house-types'
import type { SeededRandom } from '#sim/random'

/** Levels a side below which the ladder grows and above which it is cut; more than a 25-deep book shows. */
const LEVELS_MIN = 32
const LEVELS_MAX = 44
/** Distance between two ladder levels, in basis points of the start price. */
const SPACING_BPS = 1.5
/** How many of the best ladder levels are looked after when takers have emptied them. */
const TENDED = 4

/** One side's ladder: levels at multiples of the spacing, `near` next to the touch, both counted in steps away from zero price. */
interface Ladder {
  readonly side: Side
  near: number
  far: number
  top: number
}

/**
 * The market makers of one instrument: a touch that follows the path, and behind it ladders on a fixed grid. The grid stays where it
 * is while the price moves, so that one refresh changes a handful of levels and not all of them.
 */
export class Quoter {
  readonly #desk: HouseDesk
  readonly #random: SeededRandom
  readonly #spacing: number
  readonly #lots: number
  readonly #bids: Ladder = { side: 'buy', near: 0, far: 1, top: 0 }
  readonly #asks: Ladder = { side: 'sell', near: 0, far: -1, top: 0 }

  /** @param lots typical quantity of a level, in lots. */
  constructor(desk: HouseDesk, random: SeededRandom, startUnits: number, lots: number) {
    this.#desk = desk
    this.#random = random
    this.#lots = lots
    this.#spacing = Math.max(1, Math.round((startUnits * SPACING_BPS) / 10_000 / desk.tick)) * desk.tick
  }

  /** Moves the touch to these prices and quantities and tends the ladders. `bid` must lie below `ask`, both on the tick grid. */
  quote(bid: number, bidLots: bigint, ask: number, askLots: bigint): void {
    this.#withdraw(this.#bids, bid)
    this.#withdraw(this.#asks, ask)
    this.#place(this.#bids, bid, bidLots)
    this.#place(this.#asks, ask, askLots)
  }

  /** Takes away what would be better than the new touch, so that the agents' sides never meet. */
  #withdraw(ladder: Ladder, top: number): void {
    if (ladder.top !== top && ladder.top !== 0) this.#desk.quote(ladder.side, ladder.top, 0n)
    const near = this.#nearOf(ladder, top)
    while (this.#count(ladder) > 0 && this.#inward(ladder, ladder.near, near) < 0) {
      this.#desk.quote(ladder.side, ladder.near * this.#spacing, 0n)
      ladder.near = this.#outward(ladder, ladder.near, 1)
    }
  }

  #place(ladder: Ladder, top: number, lots: bigint): void {
    const near = this.#nearOf(ladder, top)
    if (this.#count(ladder) === 0 || this.#inward(ladder, ladder.near, near) > LEVELS_MAX) this.#rebuild(ladder, near)
    while (this.#inward(ladder, ladder.near, near) > 0) {
      ladder.near = this.#outward(ladder, ladder.near, -1)
      this.#fill(ladder, ladder.near)
    }
    while (this.#count(ladder) < LEVELS_MIN && this.#outward(ladder, ladder.far, 1) > 0) {
      ladder.far = this.#outward(ladder, ladder.far, 1)
      this.#fill(ladder, ladder.far)
    }
    while (this.#count(ladder) > LEVELS_MAX) {
      this.#desk.quote(ladder.side, ladder.far * this.#spacing, 0n)
      ladder.far = this.#outward(ladder, ladder.far, -1)
    }
    this.#tend(ladder)
    ladder.top = top
    this.#desk.quote(ladder.side, top, lots)
  }

  /** Refills the best levels when they were taken, and changes the size of one level somewhere. */
  #tend(ladder: Ladder): void {
    for (let step = 0; step < TENDED && step < this.#count(ladder); step++) {
      const place = this.#outward(ladder, ladder.near, step)
      if (this.#desk.quoted(ladder.side, place * this.#spacing) === 0n) this.#fill(ladder, place)
    }
    this.#fill(ladder, this.#outward(ladder, ladder.near, this.#random.integer(this.#count(ladder))))
  }

  #rebuild(ladder: Ladder, near: number): void {
    while (this.#count(ladder) > 0) {
      this.#desk.quote(ladder.side, ladder.near * this.#spacing, 0n)
      ladder.near = this.#outward(ladder, ladder.near, 1)
    }
    ladder.near = near
    ladder.far = near
    this.#fill(ladder, near)
  }

  #fill(ladder: Ladder, place: number): void {
    const depth = this.#count(ladder) === 0 ? 0 : Math.abs(place - ladder.near)
    const lots = this.#lots * (1 + depth * 0.12) * (0.35 + 1.3 * this.#random.next())
    if (place > 0) this.#desk.quote(ladder.side, place * this.#spacing, BigInt(Math.max(1, Math.round(lots))))
  }

  /** The ladder place next to a touch: strictly behind it. */
  #nearOf(ladder: Ladder, top: number): number {
    const { tick } = this.#desk
    return ladder.side === 'buy' ? Math.max(1, Math.floor((top - tick) / this.#spacing)) : Math.ceil((top + tick) / this.#spacing)
  }

  #count(ladder: Ladder): number {
    return (ladder.side === 'buy' ? ladder.near - ladder.far : ladder.far - ladder.near) + 1
  }

  /** How many places `to` lies nearer to the other side than `from`. */
  #inward(ladder: Ladder, from: number, to: number): number {
    return ladder.side === 'buy' ? to - from : from - to
  }

  /** The place `steps` further away from the other side. */
  #outward(ladder: Ladder, place: number, steps: number): number {
    return ladder.side === 'buy' ? place - steps : place + steps
  }
}
