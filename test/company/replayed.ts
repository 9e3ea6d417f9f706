import { expect } from 'bun:test'
import type { Company } from '#actors/company/company'
import { isZero } from '#domain/decimal'
import { MemorySnapshots } from '#store/memory-store'
import type { World } from './world'

/** Folds what is on a world's disk into a company that never starts: from empty, or from the newest snapshot on. */
export function replay(world: World, isFromEmpty: boolean): Company {
  return world.idle(isFromEmpty ? new MemorySnapshots() : world.snapshots).runtime.company
}

/** What a company holds, market data and what follows from it apart: orders, ledger, stats, and its memory. Plain JSON. */
export function stateOf(company: Company): unknown {
  const { orders, portfolio } = company
  const records = [...orders.ended(), ...orders.live()].toSorted((a, b) => (a.clientOrderId < b.clientOrderId ? -1 : 1))
  return {
    orders: records.map((record) => ({
      ...record,
      tradeIds: [...(record.tradeIds ?? [])],
      fees: [...(record.fees ?? [])],
      amending: null,
      state: orders.stateOf(record),
      context: orders.contextOf(record),
    })),
    holdings: ['treasury', 'external', ...company.deps.bots.map((bot) => bot.botId)].map((name) => ({
      name,
      rows: portfolio.ledger
        .holdingsOf({ accountId: null, subAccount: name as never })
        .filter((row) => !isZero(row.quantity))
        .map((row) => ({ ...row }))
        .toSorted((a, b) => (a.asset < b.asset ? -1 : 1)),
    })),
    positions: portfolio.ledger.positions().map((position) => ({ ...position })),
    totals: { ...portfolio.ledger.totals(null) },
    stats: company.deps.bots.map((bot) => ({ ...portfolio.statsOf(bot.botId) })),
    net: [...portfolio.netPositions()].map((row) => ({ ...row })).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    tradedToday: portfolio.tradedToday,
    lastFillAtMs: portfolio.lastFillAtMs,
    killSwitch: company.killSwitch.state ?? company.memory.killSwitch,
  }
}

/** I10: a replay of the journal, from empty and from its newest snapshot, equals the state that is live. */
export function expectReplayEqual(world: World): void {
  const live = stateOf(world.company)
  expect(stateOf(replay(world, true)), 'I10 from empty').toEqual(live)
  expect(stateOf(replay(world, false)), 'I10 from the snapshot').toEqual(live)
}
