/**
 * The promises of `VenuePort`, as numbered cases. Every adapter runs them against its emulator, in virtual time; a venue that
 * passes may be traded on without the rest of the company knowing which one it is.
 */
import { doubtConformance } from './conformance-doubt'
import { marketConformance } from './conformance-market'
import { orderConformance } from './conformance-orders'
import type { VenueBench } from './venue-bench'

/** Runs all cases; `open` makes a new adapter over a new emulator, not connected. */
export function venueConformance(name: string, open: () => VenueBench): void {
  marketConformance(name, open)
  orderConformance(name, open)
  doubtConformance(name, open)
}
