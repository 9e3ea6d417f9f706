import { ConfigError } from '#domain/errors'

/** Names of keys under which a secret would stand. */
const NAMES = /(api[-_]?key|api[-_]?secret|secret|password|passphrase|private[-_]?key|mnemonic|seed[-_]?phrase|(^|[-_])token)$/i
/** What secrets look like wherever they stand: a Kraken secret, a PEM block, a private key of a chain. */
const LOOKS = [/^[A-Za-z0-9+/]{86}==$/, /-----BEGIN [A-Z ]*PRIVATE KEY-----/, /^(0x)?[0-9a-fA-F]{64}$/]
const DEPTH_MAX = 20

/**
 * Refuses a configuration in which a secret stands in plain text (SEC-03). Neither the value nor a part of it is told.
 * @throws {ConfigError} naming the file and the key.
 */
export function refusePlainSecrets(tree: unknown, source: string): void {
  const path = secretIn(tree, [])
  if (path === null) return
  const where = path.join('.')
  const remedy = 'take it out, change it at the venue if others may have read the file, and set it in the environment (KRAKEN_API_KEY)'
  throw new ConfigError(`${source}: ${where} looks like a secret, and the configuration is no place for one; ${remedy}`, { key: where })
}

function secretIn(value: unknown, path: readonly string[]): readonly string[] | null {
  const name = path.at(-1) ?? ''
  if (typeof value === 'string') {
    const isNamed = NAMES.test(name) && value !== ''
    return isNamed || LOOKS.some((look) => look.test(value)) ? path : null
  }
  if (typeof value === 'number') return NAMES.test(name) ? path : null
  if (typeof value !== 'object' || value === null || path.length >= DEPTH_MAX) return null
  for (const [key, inner] of Object.entries(value)) {
    const found = secretIn(inner, [...path, key])
    if (found !== null) return found
  }
  return null
}
