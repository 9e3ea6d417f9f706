import type { VenueCapabilities } from '#ports/venue'

/**
 * What the adapter has Coinbase do by itself. Stop-limit orders on spot are told of and denied by different sources and stop-market orders do not
 * exist, so that no stop rests there: protection is emulated (docs/adr/0018). No order carries a deadline, and there is no dead-man switch.
 */
export const COINBASE_CAPABILITIES: VenueCapabilities = Object.freeze({
  postOnly: true,
  shorts: false,
  amend: true,
  preview: true,
  deadManSwitch: false,
  orderDeadline: false,
  timeInForce: ['gtc', 'ioc', 'gtd', 'fok'] as const,
  cancelBatchMax: 100,
  orderTypes: ['market', 'limit'] as const,
  reduceOnly: false,
  cashFlows: false,
})
