import type { Company } from '#actors/company/company'
import { isZero } from '#domain/decimal'
import { EXTERNAL, subAccountOf, TREASURY } from '#domain/sub-account'
import { MemorySnapshots } from '#store/memory-store'
import type { World } from './world'

/** Differences named at most: the first ones say what is wrong. */
const FINDINGS_MAX = 10

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
    holdings: [TREASURY, EXTERNAL, ...company.deps.bots.map((bot) => subAccountOf(bot.botId))].map((subAccount) => ({
      name: subAccount as string,
      rows: portfolio.ledger
        .holdingsOf({ accountId: null, subAccount })
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

/** I10: compares a replay of the journal, from empty and from its newest snapshot, with the state that is live. One line a difference. */
export function replayFindings(world: World): readonly string[] {
  const live = stateOf(world.company)
  return [
    ...differences(stateOf(replay(world, true)), live, 'from empty').slice(0, FINDINGS_MAX),
    ...differences(stateOf(replay(world, false)), live, 'from the snapshot').slice(0, FINDINGS_MAX),
  ]
}

/** Names every place in which two plain values differ; a missing key and `undefined` are the same. */
function differences(replayed: unknown, live: unknown, path: string): string[] {
  if (Object.is(replayed, live)) return []
  if (typeof replayed !== 'object' || typeof live !== 'object' || replayed === null || live === null)
    return [`I10 ${path}: ${shown(replayed)} replayed, ${shown(live)} live`]
  const found: string[] = []
  for (const key of new Set([...Object.keys(replayed), ...Object.keys(live)]))
    found.push(...differences(Reflect.get(replayed, key), Reflect.get(live, key), `${path}.${key}`))
  return found
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200)
}
