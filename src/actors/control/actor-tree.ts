import type { ActorView } from '#ports/control'
import { orderStatusOf } from '#machines/order.machine'
import type { Company } from '../company/company'

/** Orders shown in the tree; the rest is counted. */
const ORDERS_SHOWN_MAX = 100

function service(id: string, state: string, detail: string, sinceMs: number): ActorView {
  return { id, machine: 'service', state, sinceMs, restarts: 0, detail, children: [] }
}

/** Returns the company's actors as a tree, children in start order (RUN-01). */
export function actorTree(company: Company, startedAtMs: number): ActorView {
  const { deps, director, desk, orders, registry } = company
  const { journal } = deps
  const restartsOf = (id: string) => company.restarts.get(id) ?? 0
  const venues = [...company.venues.values()].map((host) => ({
    id: `venue:${host.venue.venueId}`,
    machine: 'venue',
    state: host.state,
    sinceMs: host.sinceMs,
    restarts: restartsOf(`venue:${host.venue.venueId}`),
    detail: host.context.note,
    children: [],
  }))
  const bots = [...company.bots.values()].map((host) => ({
    id: `bot:${host.spec.botId}`,
    machine: 'bot',
    state: host.state,
    sinceMs: host.sinceMs,
    restarts: restartsOf(`bot:${host.spec.botId}`),
    detail: host.context.reasons.map((reason) => reason.text).join('; ') || host.context.note,
    children: [],
  }))
  const live = [...orders.live()]
  const shown = live.slice(0, ORDERS_SHOWN_MAX).map((record) => ({
    id: `order:${record.clientOrderId}`,
    machine: 'order',
    state: orderStatusOf(orders.shownStateOf(record)),
    sinceMs: record.updatedAtMs,
    restarts: 0,
    detail: `${record.proposal.side} ${record.proposal.quantity} ${record.proposal.instrumentId} for ${record.proposal.botId}`,
    children: [],
  }))
  const breakers = company.board.all().map(({ breakerId, chart }) => ({
    id: `breaker:${breakerId}`,
    machine: 'breaker',
    state: chart.state,
    sinceMs: chart.sinceMs,
    restarts: 0,
    detail: chart.actor.getSnapshot().context.reason ?? '',
    children: [],
  }))
  const group = (id: string, detail: string, children: readonly ActorView[]): ActorView => ({
    ...service(id, 'RUNNING', detail, startedAtMs),
    machine: 'supervisor',
    children,
  })
  return {
    id: 'director',
    machine: 'orchestrator',
    state: director.state,
    sinceMs: director.sinceMs,
    restarts: 0,
    detail: director.actor.getSnapshot().context.note,
    children: [
      service('journal', journal.failure === null ? 'RUNNING' : 'FAILED', `${journal.headSeq} entries`, startedAtMs),
      group('venues', '', venues),
      service('desk', 'RUNNING', `${desk.inFlight} in flight, ${desk.waiting} waiting, ${desk.lookups} being looked up`, startedAtMs),
      group('orders', `${live.length} live of ${registry.size} tracked`, shown),
      service(
        'ledger',
        company.synchroniser.hasDrift ? 'DRIFTING' : 'RUNNING',
        `revision ${company.portfolio.ledgerRevision}`,
        startedAtMs,
      ),
      group('breakers', '', breakers),
      group('bots', `${company.deadLetters.count} dead letters`, bots),
    ],
  }
}
