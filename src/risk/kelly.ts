import type { IntentEdge } from '#domain/intent'

/**
 * Returns the whole Kelly stake `(b·p − q) / b`, 0 to 1: the part of the money that grows it fastest, which nobody should bet in full
 * (RSK-07). Zero where the bet has no edge.
 * @see J. L. Kelly, A New Interpretation of Information Rate, 1956.
 */
export function kellyStake({ winProbability, payoffRatio }: IntentEdge): number {
  const stake = (payoffRatio * winProbability - (1 - winProbability)) / payoffRatio
  return Math.max(stake, 0)
}
