import { createHash } from 'node:crypto'

/** What a key may do; names as `GetApiKeyInfo` reports them (protocol sheet §3). */
export type KeyPermission =
  | 'query-funds'
  | 'query-open-trades'
  | 'query-closed-trades'
  | 'modify-trades'
  | 'close-trades'
  | 'query-ledger'
  | 'create-ws-token'

export const ALL_PERMISSIONS: readonly KeyPermission[] = [
  'query-funds',
  'query-open-trades',
  'query-closed-trades',
  'modify-trades',
  'close-trades',
  'query-ledger',
  'create-ws-token',
]

/** A key that the emulator knows. The secret is base64, as the venue hands it out; all permissions when none are named, account `main`. */
export interface EmulatorCredentials {
  readonly apiKey: string
  readonly apiSecret: string
  readonly accountId?: string
  readonly permissions?: readonly KeyPermission[]
}

/**
 * Returns the test key of a sandbox. It is no secret: anyone who knows the seed can compute it, and it opens nothing but an
 * emulator on this machine.
 */
export function sandboxCredentials(seed: string): EmulatorCredentials {
  const bytes = (label: string): Buffer => createHash('sha512').update(`troupe sandbox kraken ${label} ${seed}`).digest()
  return { apiKey: `SANDBOX${bytes('key').toString('hex').slice(0, 49)}`, apiSecret: bytes('secret').toString('base64') }
}
