import type { VenueCapabilities } from '#ports/venue'

/**
 * What the adapter has Kraken do by itself. Kraken has stop-limit, take-profit and trailing orders of its own too; they are not placed: a stop and a
 * target cannot rest together on spot, and a trailing stop is the stop moved by amends (docs/adr/0018).
 */
export const KRAKEN_CAPABILITIES: VenueCapabilities = Object.freeze({
  postOnly: true,
  shorts: false,
  amend: true,
  preview: true,
  deadManSwitch: true,
  orderDeadline: true,
  timeInForce: ['gtc', 'ioc', 'gtd'] as const,
  // REST takes up to 50, the stream from 2 on.
  cancelBatchMax: 50,
  orderTypes: ['market', 'limit', 'stop'] as const,
  // Offered for margin alone.
  reduceOnly: false,
  cashFlows: true,
})
