import type { Passage } from '#sim/wire'
import { OPERATOR, type World } from './world'

/** How long a kill is followed at most, market ms. */
const FOLLOWED_MS = 120_000
const CANCELS = ['cancel_order', 'cancel_all', 'batch_cancel']

/** What a kill of the whole company came to. Times are market time since it was asked for, ms, unless said otherwise. */
export interface KillAll {
  readonly orders: number
  /** When each order had been named by a cancel that left. */
  readonly coveredMs: number
  /** When the last cancel left, repeats included. */
  readonly lastCancelMs: number
  /** When the venue had none of them open. */
  readonly venueMs: number
  /** When the company had the venue's evidence of each one's end; null when not within two minutes. */
  readonly evidencedMs: number | null
  /** Ids that the company told of as without evidence when its deadline was over; empty when there was none by then. */
  readonly reported: readonly string[]
  /** Ids that were without evidence at that very time. */
  readonly unproven: readonly string[]
  /** Real time that the call took which begins it: holds, journals and sends. */
  readonly beginCpuMs: number
}

/** One request in five fails, in the ways in which a venue fails: an answer is lost, it is busy, its edge or its service is unavailable. */
export function failOneInFive(world: World): void {
  const { faults } = world.emulator
  faults.add({ kind: 'lostReply', face: 'ws', methods: CANCELS, probability: 0.1 })
  faults.add({ kind: 'apiError', face: 'ws', methods: CANCELS, probability: 0.1, text: 'EService:Busy' })
  faults.add({ kind: 'serverError', face: 'rest', probability: 0.1 })
  faults.add({ kind: 'apiError', face: 'rest', probability: 0.1, text: 'EService:Unavailable' })
}

/** From now on the private stream says nothing, nor does any that is opened later; what is said to it arrives. */
export function silencePrivateStream(world: World): void {
  world.fate = ({ carrier, direction, path }) =>
    carrier === 'socket' && direction === 'down' && path.startsWith('/auth') ? { kind: 'drop' } : { kind: 'carry', extraMs: 0 }
}

/** Kills the whole company and follows it to the end; an answer by the venue's own record. */
export function killAll(world: World, shouldFlatten = false): KillAll {
  const { clock, company, control } = world
  const startMs = clock.timeLineMs
  const sinceMs = () => clock.timeLineMs - startMs
  const orders = [...company.orders.live()]
  const uncovered = new Set(orders.flatMap(({ clientOrderId, venueOrderId }) => [venueOrderId ?? clientOrderId]))
  const seen = { coveredMs: Number.NaN, lastCancelMs: 0, venueMs: Number.NaN }
  const before = world.onPassage
  world.onPassage = (passage) => {
    before(passage)
    const named = cancelled(passage)
    if (named === null) return
    seen.lastCancelMs = sinceMs()
    if (named === 'all') uncovered.clear()
    else for (const id of named) uncovered.delete(id as never)
    if (uncovered.size === 0 && Number.isNaN(seen.coveredMs)) seen.coveredMs = sinceMs()
  }
  const cpuMs = performance.now()
  const { emergencyId, deadlineMs } = control.emergencyHalt({ kind: 'all' }, shouldFlatten, 'kill all', OPERATOR)
  const beginCpuMs = performance.now() - cpuMs
  const view = () => control.emergencies().find((known) => known.emergencyId === emergencyId)
  let unproven: readonly string[] | null = null
  let openAt = 0
  while (view()?.endedAtMs === null && sinceMs() < FOLLOWED_MS) {
    clock.advance(10)
    // The record of the whole account is dear: it is looked at less often once the minute is old.
    if (Number.isNaN(seen.venueMs) && sinceMs() >= openAt) {
      openAt = sinceMs() + (sinceMs() < 2_000 ? 10 : 200)
      if (world.account().openOrders.length === 0) seen.venueMs = sinceMs()
    }
    if (unproven === null && sinceMs() >= deadlineMs)
      unproven = orders.filter(({ isOver }) => !isOver).map((record) => record.clientOrderId)
  }
  world.onPassage = before
  const overdue = world.entries('emergency.overdue').findLast(({ correlationId }) => correlationId === emergencyId)
  const left = (overdue?.payload['ordersLeft'] ?? []) as readonly { readonly clientOrderId: string }[]
  return {
    orders: orders.length,
    ...seen,
    evidencedMs: view()?.endedAtMs === null ? null : sinceMs(),
    reported: left.map(({ clientOrderId }) => clientOrderId),
    unproven: unproven ?? [],
    beginCpuMs,
  }
}

/** The ids that a message to the venue cancels; `all` for its command for all, null for every other message. */
function cancelled({ direction, carrier, path, text }: Passage): readonly string[] | 'all' | null {
  if (direction !== 'up') return null
  const method = carrier === 'http' ? (path.split('/').at(-1) ?? '') : (/^\{"method":"([a-z_]+)"/.exec(text)?.[1] ?? '')
  if (method === 'cancel_all' || method === 'CancelAll') return 'all'
  if (!['cancel_order', 'batch_cancel', 'CancelOrder', 'CancelOrderBatch'].includes(method)) return null
  return text.match(/O[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{6}/g) ?? []
}
