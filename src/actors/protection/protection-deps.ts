import type { InspectionEvent } from 'xstate'
import type { Decimal } from '#domain/decimal'
import type { BotId, InstrumentId, VenueId } from '#domain/ids'
import type { AlerterPort, LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { BotSpec } from '../bots/bot-spec'
import type { OrderDesk } from '../desk/desk'
import type { Orders } from '../desk/orders'
import type { MarketCache } from '../market-cache'
import type { Portfolio } from '../portfolio/portfolio'
import type { ProtectionMemory } from './protection-memory'

/** What the protections of positions work with. */
export interface ProtectionDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly log: LogPort
  readonly alerter: AlerterPort
  readonly market: MarketCache
  readonly portfolio: Portfolio
  readonly orders: Orders
  readonly desk: OrderDesk
  readonly memory: ProtectionMemory
  readonly inspect: ((event: InspectionEvent) => void) | null
  /** Furthest from the mid that the gate lets an order pass, basis points. */
  deviationBpsMax(botId: BotId, venueId: VenueId): Decimal
  /** The present mid has jumped further than the bot's limits take for a market's own move; where too little is known too. */
  isOutlier(botId: BotId, instrumentId: InstrumentId): boolean
  /** Why no exit may be placed now, because somebody else closes or cancels there; null where nobody does. */
  yieldsTo(spec: BotSpec, instrumentId: InstrumentId): string | null
  /** True for a venue that has stops of its own. */
  hasStops(venueId: VenueId): boolean
  /** True for a venue that changes the price of a resting order. */
  amends(venueId: VenueId): boolean
  /** Why no stop may be placed at the venue now; null where one may. */
  restsNot(spec: BotSpec, instrumentId: InstrumentId): string | null
}
