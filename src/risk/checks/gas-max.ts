import { isGreater } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Blocks new risk while a chain asks more for a transaction than is allowed there (VEN-14); venues that are no chains tell no price. */
export function gasMax({ view, limits, proposal, addsRisk }: Judgement): CheckResult | null {
  const { gas } = view.guards
  const limit = Object.hasOwn(limits.gasMax, proposal.venueId) ? limits.gasMax[proposal.venueId] : undefined
  if (gas === null || limit === undefined) return null
  const isPriority = !isGreater(gas.priceGwei, limit.priceGweiMax) && isGreater(gas.priorityGwei, limit.priorityGweiMax)
  const figures = isPriority
    ? { current: gas.priorityGwei, proposed: null, limit: limit.priorityGweiMax }
    : { current: gas.priceGwei, proposed: null, limit: limit.priceGweiMax }
  if (!addsRisk || !isGreater(figures.current, figures.limit)) return passedWith('gas_max', 'cost', figures)
  const what = isPriority ? 'priority fee' : 'gas price'
  return blocked('gas_max', 'cost', figures, `The ${what} at ${proposal.venueId} is ${figures.current} gwei, above ${figures.limit}`)
}
