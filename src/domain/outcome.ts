import type { VenueOrderId } from './ids'

/** Why a venue said no. `permanent` is a refusal of this order as it is; `transient` may pass later under a new verdict. */
export interface Refusal {
  readonly code: string
  /** The venue's own text, without secrets. */
  readonly reason: string
  readonly retry: 'never' | 'transient' | 'rateLimited'
}

/** What became of a command to a venue. Anything that leaves the outcome in doubt is `ambiguous`, never an exception. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly venueOrderId: VenueOrderId }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'ambiguous'; readonly reason: string }

export type CancelOutcome =
  | { readonly kind: 'accepted' }
  /** `unknownOrder` is no evidence of the order's end: the order is looked up. */
  | { readonly kind: 'unknownOrder' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'ambiguous'; readonly reason: string }

export type AmendOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'ambiguous'; readonly reason: string }
