import type { Company } from '#actors/company/company'
import { isLasting } from '#actors/company/memory'
import type { OrderRecord } from '#actors/desk/order-record'
import { isZero } from '#domain/decimal'
import type { HoldReason } from '#domain/reasons'
import { EXTERNAL, subAccountOf, TREASURY } from '#domain/sub-account'
import type { SnapshotPort } from '#ports/store'
import { fence, type World } from './world'

/** Differences named at most: the first ones say what is wrong. */
const FINDINGS_MAX = 10

/** Snapshots as if there were none, that know whether one was asked for which is there. */
class HiddenSnapshots implements SnapshotPort {
  readonly #snapshots: SnapshotPort
  hasHidden = false

  constructor(snapshots: SnapshotPort) {
    this.#snapshots = snapshots
  }

  save(): void {}

  load(name: string, version: number): null {
    this.hasHidden ||= this.#snapshots.load(name, version) !== null
    return null
  }
}

/** Folds what is on a world's disk into a company that never starts, and cannot touch the disk. */
function replay(world: World, snapshots: SnapshotPort): Company {
  const life = world.idle(snapshots)
  fence(life)
  return life.runtime.company
}

/** An order as a company tracks it. */
interface OrderImage {
  readonly isOver: boolean
  readonly [part: string]: unknown
}

/** What a company holds, in plain JSON. */
export interface CompanyState {
  /** By client order id. */
  readonly orders: Readonly<Record<string, OrderImage>>
  readonly [part: string]: unknown
}

function orderOf(company: Company, record: OrderRecord): OrderImage {
  const { orders } = company
  return {
    ...record,
    tradeIds: [...(record.tradeIds ?? [])],
    fees: [...(record.fees ?? [])],
    amending: null,
    // Of one life: a replay has sent nothing and seen nothing end.
    sentUs: null,
    endedUs: 0,
    state: orders.stateOf(record),
    context: orders.contextOf(record),
    isOver: orders.isTerminal(record),
  }
}

/** What a company holds, market data and what follows from it apart: orders, ledger, stats, and its memory. Plain JSON. */
export function stateOf(company: Company): CompanyState {
  const { orders, portfolio } = company
  return {
    orders: Object.fromEntries([...orders.ended(), ...orders.live()].map((record) => [record.clientOrderId, orderOf(company, record)])),
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
    scores: portfolio.scores.snapshot(),
    parts: portfolio.parts.snapshot(),
    drift: portfolio.drift.lines.map((line) => ({ ...line })),
    tradedToday: portfolio.tradedToday,
    lastFillAtMs: portfolio.lastFillAtMs,
    memory: memoryOf(company),
  }
}

/** The fold of the company's own state, each part under its name. */
function memoryOf({ memory }: Company) {
  const { bots, breakers, lines, killSwitch, company, emergencies, protections } = memory.fold()
  return {
    bots: Object.fromEntries(bots.map(({ botId, ...bot }) => [botId, bot])),
    breakers: Object.fromEntries(breakers.map(({ breakerId, ...breaker }) => [breakerId, breaker])),
    lines: Object.fromEntries(lines.map(({ line, ...known }) => [line, known])),
    killSwitch,
    company,
    emergencies,
    protections,
  }
}

/** What holds a company back and outlasts a restart: as a replay would bring it back. */
function rememberedHolds({ deps, memory, board }: Company) {
  return {
    killSwitch: memory.killSwitch,
    bots: Object.fromEntries(deps.bots.map(({ botId }) => [botId, memory.bot(botId).reasons])),
    breakers: Object.fromEntries(board.all().map(({ breakerId }) => [breakerId, memory.breaker(breakerId)?.state ?? 'armed'])),
    company: memory.reasons.filter(({ source }) => source !== 'killSwitch'),
  }
}

/** The same as it is in force: in the charts and the switch themselves. */
function holdsInForce({ deps, bots, board, director, killSwitch }: Company) {
  const lasting = (reasons: readonly HoldReason[]) => reasons.filter(({ source }) => isLasting(source))
  return {
    killSwitch: killSwitch.state,
    bots: Object.fromEntries(deps.bots.map(({ botId }) => [botId, lasting(bots.get(botId)?.context.reasons ?? [])])),
    breakers: Object.fromEntries(board.all().map(({ breakerId, chart }) => [breakerId, chart.state.toLowerCase()])),
    company: lasting(director.actor.getSnapshot().context.reasons),
  }
}

/** I10: compares a replay of the journal, from empty and from its newest snapshot, with the state that is live. One line a difference. */
export function replayFindings(world: World): readonly string[] {
  const live = stateOf(world.company)
  const snapshots = new HiddenSnapshots(world.snapshots)
  const fromEmpty = replay(world, snapshots)
  // Without a snapshot both ways are one.
  const ways = snapshots.hasHidden ? [true, false] : [true]
  const holds = differences(rememberedHolds(fromEmpty), holdsInForce(world.company), 'in force')
  const states = ways.flatMap((isFromEmpty) => {
    const replayed = stateOf(isFromEmpty ? fromEmpty : replay(world, world.snapshots))
    const path = isFromEmpty ? 'from empty' : 'from the snapshot'
    const orders = ordersApart(replayed.orders, live.orders, isFromEmpty, path)
    return [...orders, ...differences({ ...replayed, orders: null }, { ...live, orders: null }, path)].slice(0, FINDINGS_MAX)
  })
  return [...states, ...holds]
}

/**
 * Compares tracked orders. Finished ones leave the tracker by and by: the live company may have retired what a replay still shows, and a
 * snapshot leaves out those that had ended before it.
 */
function ordersApart(
  replayed: CompanyState['orders'],
  live: CompanyState['orders'],
  isFromEmpty: boolean,
  path: string,
): readonly string[] {
  const found: string[] = []
  for (const id of new Set([...Object.keys(replayed), ...Object.keys(live)])) {
    const ours = live[id]
    const theirs = replayed[id]
    const isRetired = (ours === undefined && theirs?.isOver === true) || (!isFromEmpty && theirs === undefined && ours?.isOver === true)
    if (!isRetired) found.push(...differences(theirs, ours, `${path}.orders.${id}`))
  }
  return found
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
