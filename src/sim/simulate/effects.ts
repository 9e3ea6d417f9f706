import type { Passage } from '#sim/wire'
import type { World } from '#sim/world/world'

interface Asked {
  readonly order: number
  isOvertaken: boolean
}

/** Questions whose answers are awaited at most: those whose answers were lost are forgotten in the end. */
const ASKED_MAX = 200

/** Counts answers that were overtaken: by the answer to a later question, or by events of our orders. */
export class Overtakes {
  readonly #asked = new Map<string, Asked>()
  #order = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  onPassage(passage: Passage): void {
    const { direction, carrier, text } = passage
    if (direction === 'down' && carrier === 'socket' && text.startsWith('{"channel":"executions"')) {
      for (const asked of this.#asked.values()) asked.isOvertaken = true
      return
    }
    const key = keyOf(passage)
    if (key === null) return
    if (direction === 'up') this.#ask(key)
    else this.#answer(key)
  }

  #ask(key: string): void {
    this.#asked.delete(key)
    this.#asked.set(key, { order: ++this.#order, isOvertaken: false })
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size <= ASKED_MAX) return
      this.#asked.delete(oldest)
    }
  }

  #answer(key: string): void {
    const answered = this.#asked.get(key)
    if (answered === undefined) return
    this.#asked.delete(key)
    if (answered.isOvertaken) this.#count++
    for (const asked of this.#asked.values()) if (asked.order < answered.order) asked.isOvertaken = true
  }
}

/** What joins a question and its answer: the request id of a frame, or the path of a call. */
function keyOf({ carrier, path, text }: Passage): string | null {
  if (carrier === 'http') return path
  const id = /"req_id":(\d+)/.exec(text)?.[1]
  return id === undefined ? null : `${path} ${id}`
}

/** Counts answers that lag behind what has happened: those that do while nothing has are as good as any. */
export class Lags {
  readonly #world: World
  readonly #lagMs: number
  readonly #hits: () => number
  #seen = 0
  #count = 0

  /** @param hits how often the venue let an answer lag so far. */
  constructor(world: World, lagMs: number, hits: () => number) {
    this.#world = world
    this.#lagMs = lagMs
    this.#hits = hits
  }

  get count(): number {
    return this.#count
  }

  onPassage({ direction, carrier }: Passage): void {
    if (direction !== 'down' || carrier !== 'http') return
    const hits = this.#hits()
    if (hits > this.#seen && this.#hasNews()) this.#count += hits - this.#seen
    this.#seen = hits
  }

  #hasNews(): boolean {
    const { fills, openOrders, closedOrders } = this.#world.account()
    const sinceMs = this.#world.venueClock.now() - this.#lagMs
    return (
      fills.some(({ atMs }) => atMs > sinceMs) ||
      openOrders.some(({ openedAtMs }) => openedAtMs > sinceMs) ||
      closedOrders.some(({ closedAtMs }) => closedAtMs !== null && closedAtMs > sinceMs)
    )
  }
}
