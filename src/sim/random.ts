import { sha256Hex } from '#domain/digest'
import { InvariantError } from '#domain/errors'
import type { RandomPort } from '#ports/random'

/** The whole state of a generator: four unsigned 32-bit words. */
export type RandomState = readonly [number, number, number, number]

/**
 * A small seeded generator (sfc32: 128 bits of state, one of them a counter, so that every stream has a period of at least 2^32).
 * Streams are split by name, not by order: adding an agent never shifts the figures of another.
 */
export class SeededRandom implements RandomPort {
  readonly #seed: string
  #a = 0
  #b = 0
  #c = 0
  #counter = 1

  /** Starts the stream that `seed` names; equal seeds give equal streams on every machine. */
  constructor(seed: string) {
    this.#seed = seed
    const hex = sha256Hex(seed)
    const word = (index: number): number => Number.parseInt(hex.slice(index * 8, index * 8 + 8), 16)
    this.state = [word(0), word(1), word(2), 1]
    for (let round = 0; round < 12; round++) this.word()
  }

  /** Saves or sets the position in the stream. */
  get state(): RandomState {
    return [this.#a >>> 0, this.#b >>> 0, this.#c >>> 0, this.#counter >>> 0]
  }

  set state(state: RandomState) {
    this.#a = state[0] | 0
    this.#b = state[1] | 0
    this.#c = state[2] | 0
    this.#counter = state[3] | 0
  }

  /** Returns a new stream that depends on this one's seed and the name alone, not on its position. */
  split(name: string): SeededRandom {
    return new SeededRandom(`${this.#seed}/${name}`)
  }

  /** Returns the next 32 random bits as an unsigned integer. */
  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  next(): number {
    return (this.word() * 2 ** 21 + (this.word() >>> 11)) / 2 ** 53
  }

  integer(bound: number): number {
    if (!Number.isSafeInteger(bound) || bound < 1) throw new InvariantError(`integer(): bound ${bound} is not a positive integer`)
    return Math.floor(this.next() * bound)
  }

  /**
   * Returns a draw with mean 0, deviation 1 and nearly normal shape, within ±6: the sum of twelve uniforms. Additions alone,
   * for logarithms and cosines may differ in their last bit between machines and no seed would repeat.
   */
  normal(): number {
    let sum = -6
    for (let count = 0; count < 12; count++) sum += this.word() / 2 ** 32
    return sum
  }
}

/**
 * Reads a saved state back.
 * @throws {InvariantError} when it is not four unsigned 32-bit integers.
 */
export function randomState(value: unknown): RandomState {
  const isWord = (word: unknown): word is number => typeof word === 'number' && Number.isInteger(word) && word >= 0 && word <= 0xffffffff
  if (!Array.isArray(value) || value.length !== 4 || !value.every(isWord)) throw new InvariantError('a saved random state is damaged')
  return [value[0], value[1], value[2], value[3]] as RandomState
}
