import { BoundedMap } from './bounded-map'
import type { Judge } from './judge'

/** Shorter values are no secrets, and would be found everywhere. */
const LENGTH_MIN = 8
/** Tokens of sessions that are remembered: an old one is worth nothing, a leak shows soon. */
const PASSING_MAX = 50

/** I9: no secret, and none of its obvious encodings, in a text that leaves the process or is kept. */
export class Secrets {
  readonly #judge: Judge
  /** Each form of each secret of the life. */
  readonly #lasting = new Map<string, readonly string[]>()
  /** The same of tokens that come and go, oldest first. */
  readonly #passing = new BoundedMap<string, readonly string[]>(PASSING_MAX)

  constructor(judge: Judge) {
    this.#judge = judge
  }

  /** @param isPassing true for a token of a session: of many the oldest are forgotten. */
  keep(value: string, isPassing: boolean): void {
    if (value.length < LENGTH_MIN || this.#lasting.has(value)) return
    if (isPassing) this.#passing.set(value, formsOf(value))
    else this.#lasting.set(value, formsOf(value))
  }

  judge(where: string, text: string): void {
    const isFound = isIn(text, this.#lasting) || isIn(text, this.#passing.entries())
    this.#judge.that('I9', isFound ? `a secret stands in ${where}` : null)
  }
}

function isIn(text: string, secrets: Iterable<readonly [string, readonly string[]]>): boolean {
  for (const [, forms] of secrets) for (const form of forms) if (text.includes(form)) return true
  return false
}

/** The value as it is, in JSON, in a URL, in base64 of either alphabet, in hex; of a base64 value also its bytes in hex. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8')
  const forms = new Set([
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ])
  const decoded = Buffer.from(value, 'base64')
  if (decoded.toString('base64') === value && decoded.length >= LENGTH_MIN) forms.add(decoded.toString('hex'))
  return [...forms]
}
