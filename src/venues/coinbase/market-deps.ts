import type { RandomPort } from '#ports/random'
import type { VenueListener } from '#ports/venue'
import type { BarFeedDeps } from '#venues/shared/bar-feed'
import type { SocketDeps } from '#venues/shared/stream-socket'
import type { VenueClock } from '#venues/shared/venue-clock'
import type { CoinbaseConfig } from './config'
import type { Reference } from './reference'

/** What the market stream needs and whom it tells. */
export interface MarketStreamDeps extends SocketDeps {
  readonly config: CoinbaseConfig
  readonly random: RandomPort
  readonly venueClock: VenueClock
  readonly reference: Reference
  readonly listener: () => VenueListener
  readonly history: BarFeedDeps['history']
  /** The status channel told of a product. */
  onStatus(productId: string, status: string): void
}
