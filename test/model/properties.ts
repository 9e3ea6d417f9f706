import type { AnyMachineSnapshot, EventObject } from 'xstate'
import { ZERO } from '#domain/decimal'
import { AppError } from '#domain/errors'
import type { OrderContext } from '#machines/order-events'
import { hasStreamTrouble, type VenueContext } from '#machines/venue-session'
import { type Edge, type Graph, leavesOf, type Node, wayTo } from './explore'

/** A named property of a chart: returns what contradicts it, in words; empty when it holds. */
export interface Property {
  readonly name: string
  readonly findings: (graph: Graph) => readonly string[]
}

const reasonsOf = (snapshot: AnyMachineSnapshot) =>
  (snapshot.context.reasons as readonly { readonly source: string }[]).map((r) => r.source)
const isResettable = (snapshot: AnyMachineSnapshot) =>
  reasonsOf(snapshot).every((source) => source === 'operator' || source === 'supervisor')
const describe = (node: Node) => `${node.leaf} (after ${wayTo(node)})`
const say = (edge: Edge) => `${edge.event.type} leads from ${describe(edge.from)} to ${edge.to.leaf}`
const enters = (state: string, { from, to }: Edge) => to.leaf === state && from.leaf !== state

/** No event in any node does what is wrong. */
function noStep(name: string, isWrong: (edge: Edge) => boolean): Property {
  return { name, findings: ({ edges }) => edges.filter(isWrong).map(say) }
}

/** No node is what is wrong. */
function noNode(name: string, isWrong: (node: Node) => boolean): Property {
  return { name, findings: ({ nodes }) => nodes.filter(isWrong).map((node) => `not so in ${describe(node)}`) }
}

/** No state that nothing leads to. */
export const everyStateIsReached: Property = {
  name: 'every state is reached',
  findings: ({ chart, nodes }) => {
    const reached = new Set(nodes.map((node) => node.leaf))
    return leavesOf(chart.machine).flatMap((leaf) => (reached.has(leaf) ? [] : [`${leaf} is never reached`]))
  },
}

/** A way out that every state has because the root declares it: a halt, a lost process. It makes no state alive. */
const isEscape = ({ by, from, to }: Edge) => from.leaf !== to.leaf && by !== null && by.source.parent === undefined

/** No state that nothing of its own leaves, but for the ends. */
export function noDeadState(ends: readonly string[]): Property {
  return {
    name: `no dead state but ${ends.join(', ') || 'none'}`,
    findings: ({ nodes, edges }) => {
      const leaving = new Set(edges.filter((edge) => edge.to.leaf !== edge.from.leaf && !isEscape(edge)).map((edge) => edge.from.leaf))
      return [...new Set(nodes.map((node) => node.leaf))].flatMap((leaf) =>
        leaving.has(leaf) || ends.includes(leaf) ? [] : [`nothing of its own leaves ${leaf}`],
      )
    },
  }
}

/** From every state and context there is a way to rest that needs no escape of the root. */
export function everyStateCanRest(resting: readonly string[]): Property {
  return {
    name: `every state can reach ${resting.join(' or ')}`,
    findings: ({ nodes, edges }) => {
      const into = Map.groupBy(
        edges.filter((edge) => !isEscape(edge)),
        (edge) => edge.to.id,
      )
      const canRest = new Set<number>()
      const queue = nodes.filter((node) => resting.includes(node.leaf))
      for (const node of queue) canRest.add(node.id)
      for (let index = 0; index < queue.length; index++)
        for (const { from } of into.get((queue[index] as Node).id) ?? []) {
          if (canRest.has(from.id)) continue
          canRest.add(from.id)
          queue.push(from)
        }
      return nodes.filter((node) => !canRest.has(node.id)).map((node) => `${describe(node)} can never rest`)
    },
  }
}

/** A class of states is left for outside itself by the named events only. */
export function leftOnlyBy(states: readonly string[], allowed: (edge: Edge) => boolean, by: string): Property {
  return noStep(
    `${states.join(', ')} left only by ${by}`,
    (edge) => states.includes(edge.from.leaf) && !states.includes(edge.to.leaf) && !allowed(edge),
  )
}

/** An event takes the chart out of a state, whatever the context. */
export function leavesOn(states: readonly string[], type: string, goals: readonly string[] = []): Property {
  return {
    name: `${type} takes it out of ${states.join(', ')}`,
    findings: ({ nodes, edges }) => {
      const isLed = ({ from, to, event }: Edge) =>
        event.type.startsWith(type) && (goals.length === 0 ? to.leaf !== from.leaf : goals.includes(to.leaf))
      const led = new Set(edges.filter(isLed).map(({ from }) => from.id))
      return nodes.filter(({ id, leaf }) => states.includes(leaf) && !led.has(id)).map((node) => `not so in ${describe(node)}`)
    },
  }
}

/** A state is entered by the named events only. */
export function enteredOnlyBy(state: string, allowed: (edge: Edge) => boolean, by: string): Property {
  return noStep(`${state} entered only by ${by}`, (edge) => enters(state, edge) && !allowed(edge))
}

/** Something holds in every node that is tagged so. */
export function whileTagged(tag: string, name: string, holds: (snapshot: AnyMachineSnapshot) => boolean): Property {
  return noNode(name, ({ snapshot }) => snapshot.hasTag(tag as never) && !holds(snapshot))
}

/** An event leads to a state from everywhere. */
export function leadsTo(type: string, goal: string, except: readonly string[] = []): Property {
  return noStep(
    `${type} leads to ${goal} from everywhere${except.length === 0 ? '' : ` but ${except.join(', ')}`}`,
    ({ event, from, to }) => event.type === type && to.leaf !== goal && !except.includes(from.leaf),
  )
}

/** An action runs whenever a state is entered. */
export function entryRuns(state: string, action: string): Property {
  return noStep(`${action} is run whenever ${state} is entered`, (edge) => enters(state, edge) && !edge.actions.includes(action))
}

const UNKNOWN = ['reconciling', 'unresolved']
const TERMINAL = ['filled', 'canceled', 'rejected', 'expired', 'error']
/** What only a venue can have said. */
const EVIDENCE = [
  'order.accepted',
  'order.filled',
  'order.reported',
  'order.canceled',
  'order.expired',
  'order.refused',
  'order.amended',
  'order.amendRefused',
]
const CORRECTION = ['order.filled', 'order.reported', 'order.accepted']
const isKnown = ({ venueOrderId, filledQuantity, venueFilledQuantity }: OrderContext) =>
  venueOrderId !== null || filledQuantity !== ZERO || venueFilledQuantity !== ZERO
/** Of a venue: the failure spends the budget. */
const isLastAttempt = ({ from: { snapshot } }: Edge) => {
  const { attempt, attemptMax } = snapshot.context as VenueContext
  return attemptMax > 0 && attempt + 1 >= attemptMax
}
const isAuthFailure = ({ event }: Edge) => {
  const error: unknown = Reflect.get(event, 'error')
  return error instanceof AppError && error.code === 'VENUE_AUTH'
}
const isReset = (edge: Edge) => edge.event.type === 'operator.reset'
const statusOf = (event: EventObject) => (event.type === 'order.reported' ? Reflect.get(event, 'status') : null)
const isProven = ({ event }: Edge) => EVIDENCE.includes(event.type) && statusOf(event) !== 'unanswered'

/** What must hold of each chart, beside what is common to all. */
export const PROPERTIES: Readonly<Record<string, readonly Property[]>> = {
  bot: [
    noDeadState([]),
    everyStateCanRest(['stopped']),
    leavesOn(['stopping'], 'bot.drained', ['stopped']),
    leavesOn(['stopping'], 'xstate.after', ['stopped']),
    leadsTo('system.halt', 'halted'),
    entryRuns('halted', 'cancelOrders'),
    leftOnlyBy(['halted'], (edge) => isReset(edge) && edge.to.leaf === 'idle', 'a named operator'),
    leftOnlyBy(['halted'], ({ from }) => isResettable(from.snapshot), 'who finds no other hold'),
    whileTagged('trading', 'trades only when nothing holds', (snapshot) => reasonsOf(snapshot).length === 0),
    {
      name: 'from halted nothing trades before a reset',
      findings: ({ nodes, edges }) => {
        const out = Map.groupBy(
          edges.filter((edge) => !isReset(edge)),
          (edge) => edge.from.id,
        )
        const seen = new Set<Node>(nodes.filter((node) => node.leaf === 'halted'))
        for (const node of seen) for (const { to } of out.get(node.id) ?? []) seen.add(to)
        return [...seen].filter(({ snapshot }) => snapshot.hasTag('trading' as never)).map(describe)
      },
    },
  ],
  orchestrator: [
    noDeadState(['stopped', 'failed']),
    everyStateCanRest(['trading', 'stopped', 'failed']),
    leadsTo('system.stop', 'stopping', ['stopped', 'failed']),
    leavesOn(['stopping'], 'xstate.after', ['failed']),
    leavesOn(['trading'], 'system.pause', ['paused']),
    leftOnlyBy(['halted'], ({ from, event }) => event.type !== 'operator.reset' || isResettable(from.snapshot), 'who finds no other hold'),
    leadsTo('system.halt', 'halted', ['stopping', 'stopped', 'failed']),
    entryRuns('halted', 'haltAll'),
    leftOnlyBy(
      ['halted'],
      ({ event }) => ['operator.reset', 'system.stop', 'system.failed', 'xstate.error.actor.stop'].includes(event.type),
      'a reset, a stop or the end of the process',
    ),
    whileTagged(
      'trading',
      'trades only when nothing holds',
      (snapshot) => reasonsOf(snapshot).length === 0 && !snapshot.context.isHaltLatched,
    ),
  ],
  venue: [
    noDeadState([]),
    everyStateCanRest(['online']),
    leavesOn(['backingOff'], 'xstate.after', ['connecting']),
    leavesOn(['connecting', 'syncing'], 'xstate.after', ['backingOff', 'failed']),
    enteredOnlyBy('backingOff', (edge) => !isLastAttempt(edge) && !isAuthFailure(edge), 'a failure that leaves another attempt'),
    enteredOnlyBy(
      'failed',
      (edge) => isLastAttempt(edge) || isAuthFailure(edge) || edge.event.type === 'venue.refused',
      'refused credentials or a spent budget',
    ),
    noStep(
      'a stream that stays silent is not waited for anew',
      ({ from, event, actions }) =>
        from.leaf === 'degraded' &&
        event.type === 'stream.silent' &&
        from.snapshot.context[`${Reflect.get(event, 'stream')}Stream`] === 'silent' &&
        actions.includes('xstate.cancel'),
    ),
    noStep(
      'a product that is down does not cost the session',
      ({ from, to, event }) =>
        from.leaf === 'degraded' &&
        to.leaf !== 'degraded' &&
        event.type.startsWith('xstate.after.silentTimeoutMs') &&
        !hasStreamTrouble(from.snapshot.context as VenueContext),
    ),
    leadsTo('venue.disconnect', 'offline'),
    entryRuns('backingOff', 'closeSession'),
    entryRuns('failed', 'closeSession'),
    leftOnlyBy(['failed'], ({ event }) => ['venue.connect', 'venue.disconnect'].includes(event.type), 'who connects it again'),
    noStep(
      'tradable only by way of syncing',
      ({ from, to }) => ['online', 'degraded'].includes(to.leaf) && !['syncing', 'online', 'degraded'].includes(from.leaf),
    ),
    noNode('online only with every wanted stream up and every product trading', ({ leaf, snapshot: { context } }) => {
      const { streams, publicStream, privateStream, productsDown } = context as VenueContext
      const up = [...(publicStream === 'up' ? ['public'] : []), ...(privateStream === 'up' ? ['private'] : [])]
      return leaf === 'online' && (streams.some((stream) => !up.includes(stream)) || productsDown.length > 0)
    }),
  ],
  breaker: [
    noDeadState([]),
    everyStateCanRest(['armed']),
    leadsTo('breaker.trip', 'tripped'),
    entryRuns('tripped', 'notifyTripped'),
    noStep(
      'its parent hears of every end of a hold',
      ({ from, to, actions }) => from.leaf !== 'armed' && to.leaf === 'armed' && !actions.includes('notifyRearmed'),
    ),
    noStep(
      'one that an operator re-arms is never left by itself',
      ({ from, to, event }) =>
        from.snapshot.context.rearm === 'operator' &&
        from.leaf === 'tripped' &&
        to.leaf !== 'tripped' &&
        !['operator.reset', 'breaker.restored'].includes(event.type),
    ),
  ],
  protection: [
    noDeadState([]),
    everyStateCanRest(['idle']),
    leadsTo('protection.withdraw', 'idle'),
    leavesOn(['holding'], 'protection.trigger', ['releasing']),
    leavesOn(['releasing', 'working', 'waiting'], 'xstate.after'),
    entryRuns('releasing', 'release'),
    entryRuns('holding', 'watch'),
    leftOnlyBy(
      ['releasing', 'working', 'waiting'],
      ({ event, to }) => event.type === 'protection.withdraw' && to.leaf === 'idle',
      'the end of the position: an exit that began is never given up',
    ),
    noStep(
      'it watches its market exactly while it holds',
      ({ from, to, actions }) => from.leaf === 'holding' && to.leaf !== 'holding' && !actions.includes('unwatch'),
    ),
    noStep(
      'a step never leads away from the market',
      ({ from, to, event }) =>
        !['protection.trigger', 'protection.restored'].includes(event.type) && to.snapshot.context.step < from.snapshot.context.step,
    ),
    noStep(
      'nothing is stepped over',
      ({ from, to, event }) => event.type !== 'protection.restored' && to.snapshot.context.step > from.snapshot.context.step + 1,
    ),
  ],
  order: [
    noDeadState(['filled', 'canceled', 'expired']),
    everyStateCanRest(TERMINAL),
    leavesOn(['submitting', 'canceling', 'amending'], 'order.answerLost', ['reconciling']),
    leavesOn(['open', 'partiallyFilled'], 'order.cancel', ['canceling']),
    leavesOn(['unresolved'], 'order.retryLookup', ['reconciling']),
    leftOnlyBy(UNKNOWN, isProven, "the venue's evidence"),
    enteredOnlyBy('submitting', ({ from, event }) => from.leaf === 'pending' && event.type === 'order.journaled', 'a journaled submission'),
    enteredOnlyBy('pending', ({ from, event }) => from.leaf === 'submitting' && event.type === 'order.retry', 'a refusal for now'),
    enteredOnlyBy('rejected', ({ event }) => event.type === 'order.refused' || statusOf(event) === 'absent', 'a refusal or proven absence'),
    enteredOnlyBy(
      'error',
      ({ from, event }) => ['pending', 'submitting'].includes(from.leaf) && event.type === 'order.exhausted',
      'a refusal of the last attempt',
    ),
    leftOnlyBy(TERMINAL, ({ event }) => CORRECTION.includes(event.type), 'a correction'),
    leftOnlyBy(
      ['pending'],
      ({ event }) => event.type !== 'order.answerLost' && event.type !== 'order.retryLookup',
      'what can be known before a send',
    ),
    noStep(
      'a rejection for absence needs proven absence of an order that nobody accepted',
      (edge) => enters('rejected', edge) && edge.event.type === 'order.reported' && edge.from.snapshot.context.venueOrderId !== null,
    ),
    noStep(
      'a wish to cancel is never forgotten while the order lives',
      ({ from, to, event }) =>
        from.snapshot.context.isCancelRequested &&
        !to.snapshot.context.isCancelRequested &&
        !TERMINAL.includes(to.leaf) &&
        event.type !== 'order.cancelRefused',
    ),
    noNode(
      'a retry is never sent once the venue is known to have it',
      ({ leaf, snapshot: { context } }) => ['pending', 'submitting'].includes(leaf) && isKnown(context as OrderContext),
    ),
  ],
}

/** Judges a graph by every property of its chart; returns what contradicts, property first. */
export function judge(graph: Graph): readonly string[] {
  const own = PROPERTIES[graph.chart.name]
  if (own === undefined) return [`${graph.chart.name} has no properties: add them to test/model/properties.ts`]
  return [everyStateIsReached, ...own].flatMap(({ name, findings }) => findings(graph).map((finding) => `${name}: ${finding}`))
}
