import { isGreater, isLess } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'
import { priceOff } from '../price'

/** Blocks a price, or a market order's reference, further on the costly side of the mid than allowed (EXE-02). */
export function priceSanity(judgement: Judgement): CheckResult | null {
  const { proposal, mid, limits } = judgement
  if (mid === null) return null
  const isBuy = proposal.side === 'buy'
  const price = proposal.limitPrice ?? proposal.referencePrice
  const limit = priceOff(mid, limits.priceDeviationBpsMax, isBuy ? 'up' : 'down')
  const figures = { current: mid, proposed: price, limit }
  const isSane = isBuy ? !isGreater(price, limit) : !isLess(price, limit)
  if (isSane) return passedWith('price_sanity', 'order', figures)
  const bound = isBuy ? 'above the highest' : 'below the lowest'
  return blocked('price_sanity', 'order', figures, `The price ${price} is ${bound} that the market at ${mid} allows, ${limit}`)
}
