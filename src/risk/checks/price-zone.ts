import { isGreater, isLess } from '#domain/decimal'
import type { IntentGrounds } from '#domain/intent'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'
import { kellyStake } from '../kelly'
import { OUTCOME_PRICE_MAX, OUTCOME_PRICE_MIN, type PriceZone, zoneOf } from '../zones'

/**
 * Judges the price of an outcome token (RSK-06): none outside 0.01 to 0.99, no entry outside the zones or in one that is not allowed, a
 * directional one in 0.40 to 0.60 with a proven edge alone, and above 0.60 not at all.
 */
export function priceZone(judgement: Judgement): CheckResult | null {
  const { proposal, view, limits, addsRisk } = judgement
  if (view.instrument.terms?.kind !== 'outcome') return null
  const price = proposal.limitPrice ?? proposal.referencePrice
  const figures = { current: null, proposed: price, limit: null }
  if (isLess(price, OUTCOME_PRICE_MIN) || isGreater(price, OUTCOME_PRICE_MAX)) {
    const message = `${price} is no price of an outcome token, which are between ${OUTCOME_PRICE_MIN} and ${OUTCOME_PRICE_MAX}`
    return blocked('price_zone', 'order', figures, message)
  }
  const zone = zoneOf(price)
  const shown = { ...figures, current: zone === null ? 'none' : String(zone), limit: limits.priceZones.join(' ') }
  if (!addsRisk) return passedWith('price_zone', 'order', shown)
  const objection = zone === null ? 'lies outside all zones' : objectionTo(zone, limits.priceZones, view.guards.intent?.grounds ?? null)
  if (objection === null) return passedWith('price_zone', 'order', shown)
  return blocked('price_zone', 'order', shown, `The price ${price} ${objection}`)
}

function objectionTo(zone: PriceZone, allowed: readonly PriceZone[], grounds: IntentGrounds | null): string | null {
  if (!allowed.includes(zone)) return `lies in zone ${zone}, which is not allowed here`
  if (grounds === null || grounds.style === 'directional' || grounds.style === 'hedge') {
    if (zone >= 4) return `lies in zone ${zone}, where only arbitrage and market making enter`
    if (zone === 3 && !(grounds?.edge != null && kellyStake(grounds.edge) > 0)) return 'lies in zone 3, where a bet needs a proven edge'
  }
  return null
}
