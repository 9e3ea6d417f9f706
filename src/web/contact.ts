/** Whether the backend answers. `sinceMs` (browser clock) is when the last answer came before it fell silent. */
export type Contact =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'present'; readonly atMs: number }
  | { readonly kind: 'away'; readonly sinceMs: number }

/** A value that components can subscribe to. */
export interface Store<T> {
  get(): T
  subscribe(listener: () => void): () => void
}

/** A store whose owner may set it. */
export interface WritableStore<T> extends Store<T> {
  set(value: T): void
}

/** Returns a store that holds `initial`. */
export function createStore<T>(initial: T): WritableStore<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** What the whole page knows of the backend: every answer and every failure to get one ends here. */
export const contactStore = createStore<Contact>({ kind: 'waiting' })

let lastAnswerMs = 0

/** Notes that the backend answered, whatever it said. */
export function noteAnswer(nowMs: number): void {
  lastAnswerMs = nowMs
  if (contactStore.get().kind !== 'present') contactStore.set({ kind: 'present', atMs: nowMs })
}

/** Notes that a request got no answer at all. */
export function noteSilence(nowMs: number): void {
  if (contactStore.get().kind !== 'away') contactStore.set({ kind: 'away', sinceMs: lastAnswerMs === 0 ? nowMs : lastAnswerMs })
}
