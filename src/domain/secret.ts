const HIDDEN = '[secret]'

/** A value that must never be shown: every way of printing it gives `[secret]`; only `reveal` returns it (I9). */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** Returns the value. Call it at the point of use and keep the result in no field. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN
  }
}
