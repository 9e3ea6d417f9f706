import { type Decimal, isGreater, isLess, maximum, minimum } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'
import { priceOff } from '../price'

/**
 * Blocks a price, or a market order's reference, further on the costly side of the mid than allowed (EXE-02). By an operator's flatten it is
 * counted from the touch that it trades at, where that is the worse: in a wide spread no price near the mid is to be had, and the mid is not
 * what he would get for waiting, while the position that he wants closed stays open. How far beyond the touch it may reach stays bounded.
 * The trigger of a stop may lie as far away as it likes, on the side that it waits for: one on the other side would act at once, and is not
 * what was asked for.
 */
export function priceSanity(judgement: Judgement): CheckResult | null {
  const { proposal, mid, limits, view, addsRisk } = judgement
  if (mid === null || view.quote === null) return null
  const isBuy = proposal.side === 'buy'
  const price = proposal.limitPrice ?? proposal.referencePrice
  if (proposal.type === 'stop') return stopSanity(judgement, mid)
  const isLeaving = view.isOperatorFlatten && !addsRisk
  const touch = isBuy ? maximum(view.quote.askPrice, mid) : minimum(view.quote.bidPrice, mid)
  const from = isLeaving ? touch : mid
  const limit = priceOff(from, limits.priceDeviationBpsMax, isBuy ? 'up' : 'down')
  const figures = { current: from, proposed: price, limit }
  const isSane = isBuy ? !isGreater(price, limit) : !isLess(price, limit)
  if (isSane) return passedWith('price_sanity', 'order', figures)
  const bound = isBuy ? 'above the highest' : 'below the lowest'
  return blocked('price_sanity', 'order', figures, `The price ${price} is ${bound} that the market at ${from} allows, ${limit}`)
}

function stopSanity({ proposal }: Judgement, mid: Decimal): CheckResult {
  const price = proposal.limitPrice ?? proposal.referencePrice
  const figures = { current: mid, proposed: price, limit: mid }
  const isSell = proposal.side === 'sell'
  if (isSell ? isLess(price, mid) : isGreater(price, mid)) return passedWith('price_sanity', 'order', figures)
  const where = isSell ? 'not below' : 'not above'
  return blocked('price_sanity', 'order', figures, `The trigger ${price} is ${where} the market at ${mid}: it would act at once`)
}
