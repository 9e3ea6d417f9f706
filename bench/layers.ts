import { nowUs } from './report'

type Method = (...args: never[]) => unknown

/**
 * Exclusive time by layer: methods are wrapped, and each µs is counted for the innermost wrapped call that runs. The clock is read twice a
 * call, so that sums are some per cent above a plain run.
 */
export class Layers {
  readonly #spent = new Map<string, number>()
  readonly #stack: string[]
  #sinceUs = 0
  #isOn = false

  /** @param rest names what runs outside of every wrapped call. */
  constructor(rest: string) {
    this.#stack = [rest]
  }

  /** Counts the time in methods of a class, those of its instances to come too, for a layer. */
  wrap(layer: string, owner: { readonly prototype: object }, methods: readonly string[]): void {
    for (const name of methods) {
      const prototype = owner.prototype as Record<string, Method>
      const plain = prototype[name]
      if (plain === undefined) throw new Error(`there is no method ${name}`)
      const enter = () => this.#enter(layer)
      const leave = () => this.#leave()
      prototype[name] = function (this: unknown, ...args: never[]) {
        enter()
        try {
          return plain.apply(this, args)
        } finally {
          leave()
        }
      }
    }
  }

  /** Begins to count. */
  start(): void {
    this.#isOn = true
    this.#sinceUs = nowUs()
  }

  /** Ends counting and returns µs by layer, in order of their first call. */
  stop(): ReadonlyMap<string, number> {
    this.#charge()
    this.#isOn = false
    return this.#spent
  }

  #enter(layer: string): void {
    this.#charge()
    this.#stack.push(layer)
  }

  #leave(): void {
    this.#charge()
    this.#stack.pop()
  }

  #charge(): void {
    if (!this.#isOn) return
    const now = nowUs()
    const layer = this.#stack[this.#stack.length - 1] ?? ''
    this.#spent.set(layer, (this.#spent.get(layer) ?? 0) + now - this.#sinceUs)
    this.#sinceUs = now
  }
}
