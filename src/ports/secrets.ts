import type { VenueId } from '#domain/ids'
import type { Secret } from '#domain/secret'

export interface VenueCredentials {
  readonly apiKey: Secret
  readonly apiSecret: Secret
}

export interface SecretsPort {
  /**
   * Returns the credentials of a venue.
   * @throws {AppError} `CREDENTIALS_MISSING` when there are none, or only one of the two parts.
   */
  credentials(venueId: VenueId): VenueCredentials
}
