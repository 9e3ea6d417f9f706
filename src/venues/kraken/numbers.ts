import { AppError } from '#domain/errors'

/** JSON as read by `parseRaw`: a number is its own text, so `"0.10"` and `0.10` read alike and no digit is lost. */
export type RawJson = string | boolean | null | readonly RawJson[] | { readonly [key: string]: RawJson }

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_ARRAY = 91
const BACKSLASH = 92
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const DEPTH_MAX = 64

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** Reports text that is not the JSON it should be. @throws {AppError} `VENUE_PROTOCOL`, always. */
function malformed(what: string, at: number): never {
  throw new AppError(`Kraken sent malformed JSON: ${what} at character ${at}`, { code: 'VENUE_PROTOCOL', severity: 'LOW' })
}

/**
 * Walks JSON text once, forward, and hands out number tokens as written: no double is ever made. The hot decoders (book,
 * ticker) pull with it, so that they build no object they throw away.
 */
export class JsonScanner {
  #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Offset of the next character to read. */
  get position(): number {
    return this.#at
  }

  /** Goes back to a place read earlier with `position`. */
  seek(position: number): void {
    this.#at = position
  }

  /** Enters an object. @throws {AppError} `VENUE_PROTOCOL` when there is none here. */
  enterObject(): void {
    if (this.#peek() !== OPEN_OBJECT) malformed('expected {', this.#at)
    this.#at++
  }

  enterArray(): void {
    if (this.#peek() !== OPEN_ARRAY) malformed('expected [', this.#at)
    this.#at++
  }

  /** Returns the next key of the object entered, its value next to be read; null after leaving the object. */
  nextKey(): string | null {
    let code = this.#peek()
    if (code === CLOSE_OBJECT) {
      this.#at++
      return null
    }
    if (code === COMMA) {
      this.#at++
      code = this.#peek()
    }
    if (code !== QUOTE) malformed('expected a key', this.#at)
    const key = this.string()
    if (this.#peek() !== COLON) malformed('expected :', this.#at)
    this.#at++
    return key
  }

  /** True when another item of the array entered comes next; false after leaving the array. */
  nextItem(): boolean {
    const code = this.#peek()
    if (code === CLOSE_ARRAY) {
      this.#at++
      return false
    }
    if (code === COMMA) this.#at++
    return true
  }

  /** Reads a string. */
  string(): string {
    if (this.#peek() !== QUOTE) malformed('expected a string', this.#at)
    const text = this.#text
    const start = this.#at + 1
    const end = text.indexOf('"', start)
    if (end < 0) malformed('unterminated string', start)
    const plain = text.slice(start, end)
    if (!plain.includes('\\')) {
      this.#at = end + 1
      return plain
    }
    return this.#escapedString(start)
  }

  /** Reads a number, or a number written as a string, as its text. */
  number(): string {
    const text = this.#text
    if (this.#peek() === QUOTE) return this.string()
    const start = this.#at
    let at = start
    for (;;) {
      const code = text.charCodeAt(at)
      // Digits, point, minus; plus and e for the rare exponent.
      if ((code >= 48 && code <= 57) || code === 46 || code === 45 || code === 43 || code === 101 || code === 69) at++
      else break
    }
    if (at === start) malformed('expected a number', start)
    this.#at = at
    return text.slice(start, at)
  }

  /** Passes over whatever value comes next. */
  skip(): void {
    this.value(0)
  }

  /** Reads whatever value comes next. */
  value(depth: number): RawJson {
    if (depth > DEPTH_MAX) malformed('nesting too deep', this.#at)
    switch (this.#peek()) {
      case OPEN_OBJECT:
        return this.#object(depth)
      case OPEN_ARRAY:
        return this.#array(depth)
      case QUOTE:
        return this.string()
      case 116:
        return this.#word('true', true)
      case 102:
        return this.#word('false', false)
      case 110:
        return this.#word('null', null)
      default: {
        const token = this.number()
        if (!NUMBER.test(token)) malformed('bad number', this.#at - token.length)
        return token
      }
    }
  }

  /** Checks that nothing but white space is left. */
  end(): void {
    if (!Number.isNaN(this.#peek())) malformed('text after the end', this.#at)
  }

  /** Returns the code of the next character that is not white space; NaN at the end. */
  #peek(): number {
    let code = this.#text.charCodeAt(this.#at)
    while (code === 32 || code === 10 || code === 13 || code === 9) code = this.#text.charCodeAt(++this.#at)
    return code
  }

  #object(depth: number): RawJson {
    this.enterObject()
    const object: { [key: string]: RawJson } = {}
    for (let key = this.nextKey(); key !== null; key = this.nextKey()) {
      const value = this.value(depth + 1)
      // Set as an own property, a key of this name would change the prototype.
      if (key !== '__proto__') object[key] = value
    }
    return object
  }

  #array(depth: number): RawJson {
    this.enterArray()
    const items: RawJson[] = []
    while (this.nextItem()) items.push(this.value(depth + 1))
    return items
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) malformed('unknown word', this.#at)
    this.#at += word.length
    return value
  }

  #escapedString(start: number): string {
    const text = this.#text
    let at = start
    for (;;) {
      const code = text.charCodeAt(at)
      if (Number.isNaN(code)) malformed('unterminated string', start)
      if (code === QUOTE) break
      at += code === BACKSLASH ? 2 : 1
    }
    this.#at = at + 1
    try {
      return JSON.parse(text.slice(start - 1, at + 1)) as string
    } catch {
      return malformed('bad escape', start)
    }
  }
}

/**
 * Parses JSON with every number as its text.
 * @throws {AppError} `VENUE_PROTOCOL` when the text is no JSON.
 */
export function parseRaw(text: string): RawJson {
  const scanner = new JsonScanner(text)
  const value = scanner.value(0)
  scanner.end()
  return value
}
