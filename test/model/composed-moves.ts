import type { EventObject } from 'xstate'
import { BOT_COMMAND_STATES, COMPANY_COMMAND_STATES, commandRefusal } from '#domain/command-states'
import { shownState } from '#machines/status'
import { CHARTS, type Chart } from './charts'
import { type Composition, INSTRUMENT, JUDGED, type Move, NEW, type PartName, type Parts, type State, sourcesOf } from './composed'
import { Part } from './part'

/** Order events that the world, and not the desk, brings. */
export const FROM_VENUE = [
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

/** Returns a chart of the product by its name. */
export function chartOf(name: string): Chart {
  const found = CHARTS.find((chart) => chart.name === name)
  if (found === undefined) throw new Error(`no chart ${name}`)
  return found
}

const sources = ({ reasons }: Record<string, unknown>) =>
  (reasons as readonly { readonly source: string }[]).map(({ source }) => source).sort()

/** Returns the charts of a composition, any of them with a mistake planted in it; contexts are bounded to what makes a difference. */
export function makeParts(change: Partial<Record<PartName, Chart>> = {}): Parts {
  const venue = change.venue ?? chartOf('venue')
  const director = change.director ?? chartOf('orchestrator')
  return {
    order: new Part(change.order ?? chartOf('order')),
    // A session that never gives up: how often it failed makes no difference then.
    venue: new Part({
      ...venue,
      inputs: venue.inputs.map((input) => ({ ...input, attemptMax: 0 })),
      essence: ({ publicStream, privateStream, productsDown }) => ({ publicStream, privateStream, productsDown }),
    }),
    breaker: new Part({ ...(change.breaker ?? chartOf('breaker')), essence: ({ rearm }) => ({ rearm }) }),
    bot: new Part({
      ...(change.bot ?? chartOf('bot')),
      essence: (context) => ({ sources: sources(context), isFlattening: context['isFlattening'] }),
    }),
    director: new Part({
      ...director,
      essence: (context) => ({ sources: sources(context), isHaltLatched: context['isHaltLatched'] }),
    }),
  }
}

/** The product of the charts' events is not the instrument of the composition: here it is. */
const ofInstrument = (event: EventObject): EventObject => ('product' in event ? ({ ...event, product: INSTRUMENT } as EventObject) : event)

/** A hold, or the end of one, that is not an operator's comes by way of the company alone. */
function isOperators(event: EventObject): boolean {
  const { reason, source } = event as { readonly reason?: { readonly source?: string } | string; readonly source?: string }
  return ['operator', undefined].includes(source ?? (typeof reason === 'object' ? reason.source : undefined))
}

const BOT_COMMANDS: Readonly<Record<string, keyof typeof BOT_COMMAND_STATES>> = {
  'bot.start': 'start',
  'bot.pause': 'pause',
  'bot.resume': 'resume',
  'bot.stop': 'stop',
  'system.halt': 'halt',
  'operator.reset': 'reset',
}
const COMPANY_COMMANDS: Readonly<Record<string, keyof typeof COMPANY_COMMAND_STATES>> = {
  'system.pause': 'pause',
  'system.resume': 'resume',
  'system.halt': 'halt',
  'operator.reset': 'reset',
}

/** What can come to each part by itself. Holds come only by way of the company; figures and notes change nothing. */
const COMES: Readonly<Record<Exclude<PartName, 'order'>, readonly EventObject[]>> = {
  venue: chartOf('venue').events.map(ofInstrument),
  breaker: chartOf('breaker').events.filter(({ type }) => type !== 'breaker.observed' && type !== 'breaker.restored'),
  bot: chartOf('bot').events.filter((event) => isOperators(event) && event.type !== 'bot.progress' && event.type !== 'bot.drained'),
  director: chartOf('orchestrator').events.filter((event) => isOperators(event) && event.type in COMPANY_COMMANDS),
}

/** Everything that can come next; what a state cannot hear of at all (an actor that is stopped, a command that is refused) does not. */
export class Moves {
  readonly #world: Composition
  readonly #known = new Map<string, readonly Move[]>()
  readonly #ofOrder = new Map<string, readonly Move[]>()

  constructor(world: Composition) {
    this.#world = world
  }

  in(state: State): readonly Move[] {
    return [
      ...this.#to('venue', state),
      ...this.#to('breaker', state),
      ...this.#to('bot', state),
      ...(this.#world.scope === 'company' ? [...this.#to('director', state), ...this.#byCompany(state)] : []),
      ...this.#order(state),
    ]
  }

  #to(part: Exclude<PartName, 'order'>, state: State): readonly Move[] {
    const key = `${part}${state[part]}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = COMES[part].filter((event) => this.#canCome(part, state[part], event)).map((event) => ({ part, event }))
    this.#known.set(key, made)
    return made
  }

  /** What an actor or a deadline says comes only while the state lasts that has it; an operator's command only where it is taken. */
  #canCome(part: Exclude<PartName, 'order'>, id: number, { type }: EventObject): boolean {
    const { value, _nodes: nodes } = this.#world.parts[part].snapshot(id)
    const [, kind, name = '', node = ''] = /^xstate\.(done\.actor|error\.actor|after)\.(\w+)(?:\.(.*))?$/.exec(type) ?? []
    if (kind === 'after') return nodes.some(({ id: nodeId }) => nodeId === node)
    if (kind !== undefined) return nodes.some(({ invoke }) => invoke.some((invoked) => invoked.id === name))
    const command = part === 'bot' ? BOT_COMMANDS[type] : undefined
    if (command !== undefined) return commandRefusal(BOT_COMMAND_STATES, command, shownState(value)) === null
    const ofCompany = part === 'director' ? COMPANY_COMMANDS[type] : undefined
    return ofCompany === undefined || commandRefusal(COMPANY_COMMAND_STATES, ofCompany, shownState(value)) === null
  }

  /** A bot that was halted with the company, and that nobody holds any more, is let go. */
  #byCompany({ bot, director }: State): readonly Move[] {
    const { parts } = this.#world
    const isHeldByNobody = parts.bot.leaf(bot) === 'halted' && sourcesOf(parts.bot, bot).length === 0
    return isHeldByNobody && parts.director.hasTag(director, 'trading') ? [BY_COMPANY] : []
  }

  #order(state: State): readonly Move[] {
    const world = this.#world
    const { parts } = world
    const isLive = world.isLive(state)
    const drained = !isLive && parts.bot.leaf(state.bot) === 'stopping' ? [DRAINED] : []
    if (!isLive) return world.mayOpen(state) ? [...drained, NEW] : drained
    const leaf = parts.order.leaf(state.order)
    const isUp = ['syncing', 'online', 'degraded'].includes(parts.venue.leaf(state.venue))
    if (leaf === 'pending') {
      const mayBeJudged = state.verdict === 'none' && world.mayOpen(state)
      return [
        ...this.#says(state.verdict === 'fresh' ? 'order.journaled' : ''),
        // A verdict lapses by its age too, and a cancel ends what was not sent.
        ...this.#says('order.lapsed'),
        ...(mayBeJudged ? [JUDGED] : []),
        // What the first attempt still brings.
        ...(state.wasSent && isUp ? this.#says(...FROM_VENUE) : []),
      ]
    }
    const { isCancelRequested } = parts.order.snapshot(state.order).context
    const canAmend = ['open', 'partiallyFilled'].includes(leaf) && !isCancelRequested && world.mayOpen(state)
    return [
      ...(leaf === 'unresolved' ? this.#says('order.retryLookup') : []),
      ...(leaf === 'submitting' ? this.#says('order.retry', 'order.exhausted') : []),
      ...(canAmend ? this.#says('order.amend') : []),
      ...this.#says('order.cancel'),
      ...(isUp ? this.#says(...FROM_VENUE) : []),
    ]
  }

  #says(...types: readonly string[]): readonly Move[] {
    const key = types.join()
    const known = this.#ofOrder.get(key)
    if (known !== undefined) return known
    const events = this.#world.parts.order.chart.events.filter(({ type }) => types.includes(type))
    const made = events.map((event) => ({ part: 'order', event }) as const)
    this.#ofOrder.set(key, made)
    return made
  }
}

const BY_COMPANY: Move = { part: 'bot', event: { type: 'operator.reset', operator: 'parent', atMs: 1 } as EventObject }
const DRAINED: Move = { part: 'bot', event: { type: 'bot.drained', atMs: 1 } as EventObject }
