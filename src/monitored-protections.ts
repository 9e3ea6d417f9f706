import type { BotSpec } from '#actors/bots/bot-spec'
import type { Company } from '#actors/company/company'
import { absolute, isNegative, toNumber } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { BotId } from '#domain/ids'
import type { MonitoredProtection } from '#sim/monitors/company'

/** A sub-account's position by the ledger. */
type Position = ReturnType<Company['portfolio']['ledger']['positions']> extends Iterable<infer Row> ? Row : never

/**
 * Returns the positions that are to be protected, by ledger, configuration and what the journal has of the strategies' words, in doubles: a
 * second reckoning beside the product's own. Null while the company does not run, where nobody is to be blamed.
 */
export function protectedPositionsOf(company: Company): readonly MonitoredProtection[] | null {
  const { director, deps, portfolio } = company
  const snapshot = director.actor.getSnapshot()
  // A halt may come before the start has come as far as this.
  const isUp = snapshot.matches('running') || (snapshot.matches('halted') && company.protections.isOpen)
  if (!deps.settings.protects || !isUp) return null
  const found: MonitoredProtection[] = []
  for (const position of portfolio.ledger.positions()) {
    const one = protectionOf(company, position)
    if (one !== null) found.push(one)
  }
  return found
}

function protectionOf(company: Company, { subAccount, instrumentId, netQuantity, entryPrice }: Position): MonitoredProtection | null {
  const spec = company.deps.bots.find(({ botId }) => botId === (subAccount as string as BotId))
  const instrument = company.market.findInstrument(instrumentId)
  const mid = company.market.mid(instrumentId)
  if (spec === undefined || instrument === null || mid === null || entryPrice === null) return null
  const quantity = Math.abs(toNumber(netQuantity))
  // What lies between two lots, and within a lot of the minimum, is left to the product's own arithmetic.
  const lot = toNumber(instrument.lotSize)
  if (quantity - lot < toNumber(instrument.quantityMin) || (quantity - lot) * toNumber(mid) < toNumber(instrument.notionalMin) * 1.01)
    return null
  const stated = company.memory.protections.line(spec.botId, instrumentId).stated[isNegative(netQuantity) ? 'short' : 'long']
  const { stopLossRatio, takeProfitRatio, trailingRatio } = spec.protection
  const stop = stated.stopPrice !== null ? toNumber(stated.stopPrice) : levelOf(entryPrice, stopLossRatio, isNegative(netQuantity) ? 1 : -1)
  const target =
    stated.takeProfitPrice !== null
      ? toNumber(stated.takeProfitPrice)
      : levelOf(entryPrice, takeProfitRatio, isNegative(netQuantity) ? -1 : 1)
  if (stop === null && target === null && (stated.trailingRatio ?? trailingRatio) === null) return null
  const protection = company.protections.find(spec.botId, instrumentId)
  const state = protection?.isExiting === true ? 'exiting' : protection?.isProtecting === true ? 'protected' : 'none'
  const isBeyond = isPastLevel(company, spec.botId, instrumentId, isNegative(netQuantity), stop, target, toNumber(instrument.tickSize))
  return {
    botId: spec.botId,
    instrumentId,
    quantity: absolute(netQuantity),
    state,
    isBeyond,
    nativeMs: nativeMsOf(company, spec, instrumentId),
  }
}

/** By the orders themselves: a stop that the venue has told of. */
function nativeMsOf({ orders }: Company, { botId, protection }: BotSpec, instrumentId: Position['instrumentId']): number {
  for (const record of orders.liveOf(botId, instrumentId))
    if (record.proposal.type === 'stop' && record.venueOrderId !== null) return protection.escalateAfterMs
  return 0
}

function levelOf(entryPrice: Parameters<typeof toNumber>[0], ratio: Parameters<typeof toNumber>[0] | null, sign: 1 | -1): number | null {
  return ratio === null ? null : toNumber(entryPrice) * (1 + sign * toNumber(ratio))
}

/** True when what the position would be closed at is past a level by two ticks, so that a rounding is none. */
function isPastLevel(
  { market, deps, limits, venues }: Company,
  botId: BotId,
  instrumentId: Position['instrumentId'],
  isShort: boolean,
  stop: number | null,
  target: number | null,
  tick: number,
): boolean {
  const quote = market.quote(instrumentId)
  const { quoteAtMs } = market.timesOf(instrumentId)
  const { venueId } = mustExist(market.findInstrument(instrumentId), 'no instrument')
  const host = venues.get(venueId)
  const isFresh = quoteAtMs !== null && deps.clock.now() - quoteAtMs <= limits.limitsOf(botId, venueId).quoteAgeMsMax
  if (quote === null || !market.isSound(instrumentId) || !isFresh || host?.state !== 'ONLINE') return false
  const price = toNumber(isShort ? quote.askPrice : quote.bidPrice)
  const sign = isShort ? -1 : 1
  const isLost = stop !== null && sign * (price - stop) < -2 * tick
  const isWon = target !== null && sign * (price - target) > 2 * tick
  return isLost || isWon
}
