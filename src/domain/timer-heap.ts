/** A pending call. `fn` is null once fired or cancelled. */
export interface HeapTimer {
  readonly atUs: number
  readonly order: number
  fn: (() => void) | null
}

function isBefore(a: HeapTimer, b: HeapTimer): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order)
}

/**
 * A binary heap of timers by due time, ties in order of insertion, so that no sort or microtask race decides an order of
 * events. Cancelled timers are dropped when they surface, and the heap is rebuilt when more than half of it is dead.
 */
export class TimerHeap {
  #heap: HeapTimer[] = []
  #order = 0
  #live = 0

  /** Count of timers that will still fire. */
  get size(): number {
    return this.#live
  }

  add(atUs: number, fn: () => void): HeapTimer {
    const timer: HeapTimer = { atUs, order: this.#order++, fn }
    this.#live++
    this.#push(timer)
    return timer
  }

  cancel(timer: HeapTimer): void {
    if (timer.fn === null) return
    timer.fn = null
    this.#live--
    if (this.#heap.length > 64 && this.#heap.length > this.#live * 2) this.#compact()
  }

  /** Returns the due time of the next timer, or null when none is left. */
  nextAtUs(): number | null {
    this.#dropDead()
    return this.#heap[0]?.atUs ?? null
  }

  /** Removes the next timer and returns it with its call, or null when none is due at or before `untilUs`. */
  take(untilUs: number): { readonly atUs: number; readonly fn: () => void } | null {
    this.#dropDead()
    const top = this.#heap[0]
    if (top === undefined || top.fn === null || top.atUs > untilUs) return null
    const fn = top.fn
    top.fn = null
    this.#live--
    this.#pop()
    return { atUs: top.atUs, fn }
  }

  #dropDead(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].fn === null) this.#pop()
  }

  #compact(): void {
    const live = this.#heap.filter((timer) => timer.fn !== null)
    this.#heap = []
    for (const timer of live) this.#push(timer)
  }

  #push(timer: HeapTimer): void {
    const heap = this.#heap
    let index = heap.push(timer) - 1
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || isBefore(parent, timer)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = timer
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    const count = heap.length
    if (last === undefined || count === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= count) break
      const left = heap[child] as HeapTimer
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, left)) child++
      const next = heap[child] as HeapTimer
      if (isBefore(last, next)) break
      heap[index] = next
      index = child
    }
    heap[index] = last
  }
}
