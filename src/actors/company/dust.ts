import { absolute, type Decimal, isLess, isZero, multiply } from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import { TREASURY } from '#domain/sub-account'
import type { LogPort } from '#ports/alerter'
import type { Orders } from '../desk/orders'
import type { MarketCache } from '../market-cache'
import type { NetPosition } from '../portfolio/net-positions'
import type { Portfolio } from '../portfolio/portfolio'

export interface DustDeps {
  readonly log: LogPort
  readonly market: MarketCache
  readonly orders: Orders
  readonly portfolio: Portfolio
  isTradable(venueId: Parameters<Portfolio['isOpened']>[0]): boolean
}

/**
 * Closes what is left of bots' positions when it is too small for any order of the venue (PAIN-10): no trade stays open for it. It is
 * realised at mark, and the treasury gets the coins. Nothing is dust while an order works on the line, or executions of one are missing.
 */
export function sweepDust(deps: DustDeps): void {
  for (const position of [...deps.portfolio.netPositions()]) {
    if (position.botId === null) continue
    const price = dustPriceOf(deps, position, position.botId)
    if (price === null) continue
    const { instrumentId, netQuantity: quantity, ...line } = position
    const { venueId } = deps.market.instrument(instrumentId)
    const accountId = deps.portfolio.ledger.position(position.subAccount, instrumentId)?.accountId
    if (accountId === undefined) continue
    deps.log.info('the last of a position was closed as dust', { botId: position.botId, instrumentId, quantity, price })
    deps.portfolio.cash.sweep({ ...line, instrumentId, venueId, accountId, to: TREASURY, quantity, price })
  }
}

/** The mark at which a position is dust now; null when it is none, or nobody can tell. */
function dustPriceOf({ market, orders, portfolio, isTradable }: DustDeps, position: NetPosition, botId: BotId): Decimal | null {
  const { instrumentId, netQuantity, baseAsset } = position
  const instrument = market.findInstrument(instrumentId)
  const price = instrument === null ? null : market.mid(instrumentId)
  if (instrument === null || price === null || !isTradable(instrument.venueId) || !market.isSound(instrumentId)) return null
  const quantity = absolute(netQuantity)
  const isTooSmall = isLess(quantity, instrument.quantityMin) || isLess(multiply(quantity, price), instrument.notionalMin)
  if (isZero(quantity) || !isTooSmall || portfolio.rateOf(baseAsset) === null) return null
  return isWorked(orders, botId, instrumentId) ? null : price
}

function isWorked(orders: Orders, botId: BotId, instrumentId: InstrumentId): boolean {
  for (const _ of orders.liveOf(botId, instrumentId)) return true
  return orders
    .ended()
    .some((record) => record.proposal.botId === botId && record.proposal.instrumentId === instrumentId && orders.missesFills(record))
}
