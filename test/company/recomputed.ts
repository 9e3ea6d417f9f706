import { expect } from 'bun:test'
import { Recomputed } from '../domain/recompute'
import type { World } from './world'

/** Whose each of our orders is, by its id, as the journal says it was sent. */
function ownersOf(world: World): ReadonlyMap<string, string> {
  const proposals = world.entries('order.submitting').map(({ payload }) => payload['proposal'] as { clientOrderId: string; botId: string })
  return new Map(proposals.map(({ clientOrderId, botId }) => [clientOrderId, botId]))
}

/**
 * Works every position out once more from the emulator's own fills, with code that is not the product's, and compares to the last digit.
 * For accounts in dollars whose dust was not swept.
 */
export function expectRecomputed(world: World): void {
  const { ledger } = world.company.portfolio
  const owners = ownersOf(world)
  const own = new Recomputed(ledger.method)
  for (const fill of world.account().fills.toSorted((a, b) => a.ordinal - b.ordinal))
    own.trade(fill, owners.get(fill.clientId ?? '') ?? 'external', {})
  const booked = ledger.positions().map((position) => {
    const { subAccount, instrumentId, netQuantity, cost, costValue, realizedPnl, realizedValue, feeValue } = position
    const symbol = instrumentId.replace('@kraken', '').replace('-', '/')
    return [`${subAccount}|${symbol}`, netQuantity, cost, costValue, realizedPnl, realizedValue, feeValue] as const
  })
  expect(booked.toSorted(([a], [b]) => (a < b ? -1 : 1)) as unknown).toEqual(own.image().positions)
}
