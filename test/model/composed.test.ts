import { describe, expect, test } from 'bun:test'
import type { EventObject } from 'xstate'
import { IS_LONG } from '#test/company/profile'
import { CHARTS, type Chart } from './charts'
import { Composition, type Move, Part, type Parts, type State, type Taken } from './composed'
import { planted, set } from './planted'

/** How many moves deep every interleaving is walked. */
const DEPTH = IS_LONG ? 12 : 9
const STATES_MAX = 3_000_000

/** Order events that the world, and not the desk, brings. */
const FROM_VENUE = [
  'order.accepted',
  'order.refused',
  'order.filled',
  'order.canceled',
  'order.expired',
  'order.reported',
  'order.cancelRefused',
  'order.amended',
  'order.amendRefused',
  'order.answerLost',
]
const BY_OPERATOR = ['operator.reset']
const EVIDENCE = FROM_VENUE.filter((type) => !['order.answerLost', 'order.cancelRefused'].includes(type))
const UNKNOWN = ['reconciling', 'unresolved']
const TERMINAL = ['filled', 'canceled', 'rejected', 'expired', 'error']

function chartOf(name: string, change: Partial<Chart> = {}): Chart {
  const found = CHARTS.find((chart) => chart.name === name)
  if (found === undefined) throw new Error(`no chart ${name}`)
  return { ...found, ...change }
}

function makeParts(botChart: Chart = chartOf('bot')): Parts {
  const venue = chartOf('venue')
  return {
    order: new Part(chartOf('order')),
    // A session that never gives up: how often it failed makes no difference then.
    venue: new Part({
      ...venue,
      inputs: venue.inputs.map((input) => ({ ...input, attemptMax: 0 })),
      essence: ({ publicStream, privateStream, productsDown }) => ({ publicStream, privateStream, productsDown }),
    }),
    breaker: new Part(chartOf('breaker')),
    bot: new Part({
      ...botChart,
      essence: ({ reasons, isFlattening }) => ({
        sources: (reasons as readonly { readonly source: string }[]).map(({ source }) => source).sort(),
        isFlattening,
      }),
    }),
  }
}

const orderEvents = chartOf('order').events
const of = (part: keyof State, chart: string, isLeftOut: (event: EventObject) => boolean): readonly Move[] =>
  chartOf(chart)
    .events.filter((event) => !isLeftOut(event))
    .map((event) => ({ part, event }))

/** What can happen at any time. Holds come only by way of the company; what a stopped actor would say does not come at all. */
const ALWAYS: readonly Move[] = [
  ...of('venue', 'venue', ({ type }) => type.includes('.feeds') || type.startsWith('product.')),
  ...of('breaker', 'breaker', ({ type }) => type === 'breaker.restored' || type === 'breaker.observed'),
  ...of('bot', 'bot', (event) => {
    const source = 'reason' in event ? (event['reason'] as { source?: string }).source : 'source' in event ? event['source'] : 'operator'
    return source !== 'operator' || ['bot.progress', 'bot.drained', 'xstate.error.actor.strategyRunner'].includes(event.type)
  }),
]

/** True when an event of an actor can come now: only while the state that invokes it lasts. */
function canCome(parts: Parts, state: State, { part, event }: Move): boolean {
  const [, kind, name = '', node = ''] = /^xstate\.(done\.actor|error\.actor|after)\.(\w+)(?:\.(.*))?$/.exec(event.type) ?? []
  if (kind === undefined || part === 'order') return true
  const { value, _nodes: nodes } = parts[part].snapshot(state[part])
  if (kind === 'after') return nodes.some(({ id }) => id === node)
  return value !== undefined && nodes.some(({ invoke }) => invoke.some(({ id }) => id === name))
}

function movesIn(world: Composition, state: State): readonly Move[] {
  const { parts } = world
  const moves = ALWAYS.filter((move) => canCome(parts, state, move))
  const isLive = world.isLive(state)
  if (!isLive && parts.bot.leaf(state.bot) === 'stopping')
    moves.push({ part: 'bot', event: { type: 'bot.drained', atMs: 1 } as EventObject })
  if (!isLive) return world.mayOpen(state) ? [...moves, { part: 'order', event: { type: 'order.new' } }] : moves
  const leaf = parts.order.leaf(state.order)
  const context = parts.order.snapshot(state.order).context
  if (leaf === 'pending') {
    // The desk compares the scope's epoch in the step of the send: what changed since the verdict lets it lapse.
    const type = world.mayOpen(state) ? 'order.journaled' : 'order.lapsed'
    return [...moves, ...ordersOf([type])]
  }
  const isUp = ['syncing', 'online', 'degraded'].includes(parts.venue.leaf(state.venue))
  const desk = [
    ...(leaf === 'unresolved' ? ['order.retryLookup'] : []),
    ...(leaf === 'submitting' ? ['order.retry', 'order.exhausted'] : []),
    ...(['open', 'partiallyFilled'].includes(leaf) && world.mayOpen(state) && !context.isCancelRequested ? ['order.amend'] : []),
  ]
  return [...moves, ...ordersOf(desk), ...(isUp ? ordersOf(FROM_VENUE) : [])]
}

function ordersOf(types: readonly string[]): readonly Move[] {
  return orderEvents.filter(({ type }) => types.includes(type)).map((event) => ({ part: 'order', event }))
}

const holds = ({ breaker }: Parts, state: State) => breaker.snapshot(state.breaker).hasTag('holding' as never)
const isTrading = ({ bot }: Parts, state: State) => bot.snapshot(state.bot).hasTag('trading' as never)
const reasons = ({ bot }: Parts, state: State) =>
  (bot.snapshot(state.bot).context.reasons as readonly { readonly source: string }[]).map(({ source }) => source)
const isTradable = ({ venue }: Parts, state: State) => venue.snapshot(state.venue).hasTag('tradable' as never)

/** What must hold after each turn. */
function faultsOf(world: Composition, state: State): readonly string[] {
  const { parts } = world
  const faults: string[] = []
  if (isTrading(parts, state)) {
    if (holds(parts, state)) faults.push('the bot trades under a tripped breaker')
    if (!isTradable(parts, state) && parts.bot.snapshot(state.bot).context.reasons.length > 0) faults.push('the bot trades under a hold')
  }
  const isHeld = holds(parts, state) && !reasons(parts, state).includes('breaker:loss')
  if (isHeld) faults.push('a tripped breaker holds nobody')
  if (!holds(parts, state) && reasons(parts, state).includes('breaker:loss')) faults.push('a hold outlived its breaker')
  if (world.isLive(state) && parts.bot.leaf(state.bot) === 'halted') {
    const { context } = parts.order.snapshot(state.order)
    if (!context.isCancelRequested && parts.order.leaf(state.order) !== 'pending')
      faults.push('an order lives on under a halt, and nobody wants it canceled')
  }
  return faults
}

/** What must hold of each step within a turn. */
function faultsOfStep(world: Composition, { part, event, before, after }: Taken): readonly string[] {
  const { parts } = world
  const faults: string[] = []
  if (part === 'order' && event.type !== 'order.new') {
    const from = parts.order.leaf(before.order)
    const to = parts.order.leaf(after.order)
    if (from === 'pending' && to === 'submitting') {
      if (holds(parts, before)) faults.push('I4: sent under a tripped breaker')
      if (!isTradable(parts, before)) faults.push('I4: sent to a venue that is away')
      if (['halted', 'paused', 'stopped', 'error', 'idle', 'starting', 'stopping'].includes(parts.bot.leaf(before.bot)))
        faults.push(`I4: sent for a bot that is ${parts.bot.leaf(before.bot)}`)
      if (parts.order.snapshot(before.order).context.venueOrderId !== null) faults.push('I3: sent again although the venue has it')
    }
    if (UNKNOWN.includes(from) && !UNKNOWN.includes(to) && !EVIDENCE.includes(event.type)) faults.push(`I7: ${event.type} ended UNKNOWN`)
    if (TERMINAL.includes(from) && from !== to && !['order.filled', 'order.reported', 'order.accepted'].includes(event.type))
      faults.push(`I7: ${event.type} changed an order that was ${from}`)
  }
  if (part === 'bot' && parts.bot.leaf(before.bot) === 'halted' && parts.bot.leaf(after.bot) !== 'halted') {
    if (!BY_OPERATOR.includes(event.type)) faults.push(`RUN-12: ${event.type} ended a halt`)
    if (holds(parts, before)) faults.push('RUN-12: a halt ended under a tripped breaker')
  }
  return faults
}

interface Walk {
  readonly states: number
  readonly steps: number
  readonly depth: number
  readonly faults: readonly string[]
  readonly seen: Readonly<Record<keyof State, number>>
  readonly submissions: number
}

/** Moves that bring everything up: the venue ONLINE, the bot ACTIVE. */
const UP: readonly (readonly [keyof State, string, string?])[] = [
  ['venue', 'venue.connect'],
  ['venue', 'xstate.done.actor.connect'],
  ['venue', 'stream.up', 'public'],
  ['venue', 'stream.up', 'private'],
  ['venue', 'xstate.done.actor.sync'],
  ['bot', 'bot.start'],
  ['bot', 'xstate.done.actor.warmUp'],
]

function running(world: Composition): State {
  return UP.reduce((state, [part, type, stream]) => {
    const event = world.parts[part].chart.events.find(
      (candidate) => candidate.type === type && (stream === undefined || (candidate as { readonly stream?: string }).stream === stream),
    )
    if (event === undefined) throw new Error(`no event ${type}`)
    return world.take(state, { part, event }).state
  }, world.start)
}

/** Walks every interleaving breadth first to a depth. */
function walk(world: Composition, from: State, depth: number): Walk {
  const keyOf = ({ order, venue, breaker, bot }: State) => ((order + 1) * 4_096 + venue) * 65_536 + breaker * 2_048 + bot
  const known = new Set([keyOf(from)])
  const faults = new Set<string>()
  const seen = { order: new Set<number>(), venue: new Set<number>(), breaker: new Set<number>(), bot: new Set<number>() }
  let steps = 0
  let submissions = 0
  let layer: State[] = [from]
  for (let level = 0; level < depth && layer.length > 0; level++) {
    const next: State[] = []
    for (const state of layer) {
      for (const move of movesIn(world, state)) {
        const { state: after, taken } = world.take(state, move)
        steps += taken.length
        for (const step of taken) {
          for (const fault of faultsOfStep(world, step)) faults.add(`${fault} (${move.event.type})`)
          if (step.event.type === 'order.journaled') submissions++
        }
        const key = keyOf(after)
        if (known.has(key)) continue
        known.add(key)
        if (known.size > STATES_MAX) throw new Error(`more than ${STATES_MAX} composed states within ${level + 1} moves`)
        for (const part of ['order', 'venue', 'breaker', 'bot'] as const) seen[part].add(after[part])
        for (const fault of faultsOf(world, after)) faults.add(`${fault} (${move.event.type})`)
        next.push(after)
      }
    }
    layer = next
  }
  const { order, venue, breaker, bot } = seen
  return {
    states: known.size,
    steps,
    depth,
    faults: [...faults],
    seen: { order: order.size, venue: venue.size, breaker: breaker.size, bot: bot.size },
    submissions,
  }
}

describe('SIM-09 order × venue × breaker × bot, wired by the product', () => {
  for (const from of ['the start', 'a running bot'] as const)
    test(`SIM-09 I3 I4 I7 RUN-12 hold in every interleaving of ${DEPTH} moves from ${from}`, () => {
      const world = new Composition(makeParts())
      const found = walk(world, from === 'the start' ? world.start : running(world), DEPTH)
      console.log(
        `composed from ${from}: ${found.states} states, ${found.steps} steps, ${found.submissions} submissions within ${found.depth} moves; ` +
          `order ${found.seen.order}, venue ${found.seen.venue}, breaker ${found.seen.breaker}, bot ${found.seen.bot}`,
      )
      expect(found.faults).toEqual([])
      if (from !== 'the start') expect(found.submissions).toBeGreaterThan(0)
    }, 300_000)

  // The checker itself: mistakes in one chart show in the composition.
  for (const [what, change, says] of [
    ['a pause that a running bot ignores', set('operating', 'on', { 'bot.pause': {} }), 'I4: sent under a tripped breaker'],
    ['a resume while a reason remains', set('operating.paused', 'on', { 'bot.resume': 'active' }), 'I4: sent under a tripped breaker'],
    ['a halt that cancels nothing', set('halted', 'entry', null), 'nobody wants it canceled'],
    ['a start out of a halt', set('halted', 'on', { 'bot.start': 'starting' }), 'RUN-12: bot.start ended a halt'],
  ] as const)
    test(`SIM-09 ${what} is found by the composition`, () => {
      const world = new Composition(makeParts(planted('bot', change)))
      expect(walk(world, running(world), 6).faults.join('\n')).toContain(says)
    })
})
