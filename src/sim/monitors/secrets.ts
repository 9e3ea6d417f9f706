import type { Judge } from './judge'

/** Shorter values are no secrets, and would be found everywhere. */
const LENGTH_MIN = 8
const SECRETS_MAX = 200

/** I9: no secret, and none of its obvious encodings, in a text that leaves the process or is kept. */
export class Secrets {
  readonly #judge: Judge
  /** Each form of each secret. */
  readonly #forms = new Map<string, readonly string[]>()

  constructor(judge: Judge) {
    this.#judge = judge
  }

  /** Of more than two hundred values the oldest are forgotten: session tokens come and go. */
  keep(value: string): void {
    if (value.length < LENGTH_MIN) return
    this.#forms.delete(value)
    this.#forms.set(value, formsOf(value))
    if (this.#forms.size <= SECRETS_MAX) return
    const [oldest] = this.#forms.keys()
    if (oldest !== undefined) this.#forms.delete(oldest)
  }

  judge(where: string, text: string): void {
    for (const forms of this.#forms.values())
      for (const form of forms) if (text.includes(form)) return this.#judge.that('I9', `a secret stands in ${where}`)
    this.#judge.held('I9')
  }
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
