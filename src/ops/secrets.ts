import { readFileSync, statSync } from 'node:fs'
import { AppError, ConfigError, messageOf } from '#domain/errors'
import type { VenueId } from '#domain/ids'
import { Secret } from '#domain/secret'
import type { SecretsPort, VenueCredentials } from '#ports/secrets'

const SECRET_BYTES_MAX = 4_096

/**
 * Credentials from the environment (SEC-01): `KRAKEN_API_KEY` with `KRAKEN_API_SECRET`, or with `KRAKEN_API_SECRET_FILE`, the path
 * of a file that only its owner can read. Both parts or none.
 */
export class EnvironmentSecrets implements SecretsPort {
  readonly #environment: Readonly<Record<string, string | undefined>>

  /** @param environment the values as the config read them. */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment
  }

  /**
   * Returns the credentials of a venue.
   * @throws {AppError} `CREDENTIALS_MISSING` when there are none, or only one of the two parts.
   * @throws {ConfigError} when the secret is given twice, or its file cannot be read or is open to others.
   */
  credentials(venueId: VenueId): VenueCredentials {
    const prefix = venueId.toUpperCase().replaceAll('-', '_')
    const names = { key: `${prefix}_API_KEY`, secret: `${prefix}_API_SECRET`, file: `${prefix}_API_SECRET_FILE` }
    const apiKey = this.#valueOf(names.key)
    const inline = this.#valueOf(names.secret)
    const file = this.#valueOf(names.file)
    if (inline !== null && file !== null) throw new ConfigError(`${names.secret} and ${names.file} are both set; keep one`)
    const apiSecret = file === null ? inline : readSecretFile(names.file, file)
    if (apiKey === null && apiSecret === null) throw missing(venueId, `no credentials for ${venueId}: set ${names.key} and ${names.secret}`)
    if (apiKey === null) throw missing(venueId, `${names.key} is not set, the secret for ${venueId} is; set both or none`)
    if (apiSecret === null) throw missing(venueId, `${names.key} is set, ${names.secret} and ${names.file} are not; set both parts or none`)
    return { apiKey: new Secret(apiKey), apiSecret: new Secret(apiSecret) }
  }

  /** Returns whether any part of a venue's credentials is set; then `credentials` either gives both or names what is wrong. */
  has(venueId: VenueId): boolean {
    const prefix = venueId.toUpperCase().replaceAll('-', '_')
    return ['API_KEY', 'API_SECRET', 'API_SECRET_FILE'].some((part) => this.#valueOf(`${prefix}_${part}`) !== null)
  }

  #valueOf(name: string): string | null {
    const value = this.#environment[name]?.trim() ?? ''
    return value === '' ? null : value
  }
}

function readSecretFile(name: string, path: string): string {
  let text: string
  try {
    const stats = statSync(path)
    if ((stats.mode & 0o077) !== 0) {
      throw new ConfigError(`${name}: ${path} can be read by others (mode ${(stats.mode & 0o777).toString(8)}); run chmod 600 ${path}`)
    }
    if (stats.size > SECRET_BYTES_MAX) throw new ConfigError(`${name}: ${path} is too long for a secret`)
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`${name}: ${path} cannot be read (${messageOf(error)})`)
  }
  if (text === '') throw new ConfigError(`${name}: ${path} is empty`)
  return text
}

function missing(venueId: VenueId, text: string): AppError {
  return new AppError(text, { code: 'CREDENTIALS_MISSING', severity: 'CRITICAL', details: { venueId } })
}
