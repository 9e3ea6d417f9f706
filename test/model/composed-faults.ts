import { type Composition, type Parts, type State, sourcesOf, type Taken } from './composed'
import { FROM_VENUE } from './composed-moves'

const EVIDENCE = FROM_VENUE.filter((type) => !['order.answerLost', 'order.cancelRefused'].includes(type))
const UNKNOWN = ['reconciling', 'unresolved']
const TERMINAL = ['filled', 'canceled', 'rejected', 'expired', 'error']
const CORRECTION = ['order.filled', 'order.reported', 'order.accepted']

const holds = ({ breaker }: Parts, state: State) => breaker.hasTag(state.breaker, 'holding')
const isTradable = ({ venue }: Parts, state: State) => venue.hasTag(state.venue, 'tradable')

/** What must hold after each turn. */
export function faultsOf(world: Composition, state: State): readonly string[] {
  const { parts } = world
  const faults: string[] = []
  const reasons = sourcesOf(parts.bot, state.bot)
  const isReducing = world.scope === 'reducing'
  if (parts.bot.hasTag(state.bot, 'trading')) {
    if (holds(parts, state) && !isReducing) faults.push('the bot trades under a tripped breaker')
    if (!isTradable(parts, state) || reasons.length > 0) faults.push('the bot trades under a hold')
    if (parts.director.hasTag(state.director, 'held')) faults.push('the bot trades while the company is held')
  }
  const held = world.scope === 'company' ? sourcesOf(parts.director, state.director) : reasons
  if (isReducing && holds(parts, state) && world.mayOpen(state)) faults.push('new risk passes although only reducing orders may')
  if (!isReducing && holds(parts, state) && !held.includes('breaker:loss')) faults.push('a tripped breaker holds nobody')
  if (world.scope === 'halting' && holds(parts, state) && parts.bot.leaf(state.bot) !== 'halted')
    faults.push('a breaker that halts its bot left it as it was')
  if (!holds(parts, state) && held.includes('breaker:loss')) faults.push('a hold outlived its breaker')
  if (!isTradable(parts, state) && !reasons.includes('venue:kraken')) faults.push('a venue that is away holds nobody')
  if (isTradable(parts, state) && reasons.includes('venue:kraken')) faults.push('a hold outlived its venue')
  if (!parts.director.hasTag(state.director, 'held') && reasons.includes('parent')) faults.push('a hold outlived the company')
  if (world.isLive(state) && parts.bot.leaf(state.bot) === 'halted') {
    const { context } = parts.order.snapshot(state.order)
    if (parts.order.leaf(state.order) === 'pending') faults.push('an order waits for its send under a halt')
    else if (!context.isCancelRequested) faults.push('an order lives on under a halt, and nobody wants it canceled')
  }
  return faults
}

/** What must hold of each step within a turn. */
export function faultsOfStep(world: Composition, taken: Taken): readonly string[] {
  switch (taken.part) {
    case 'order':
      return taken.before.order >= 0 && taken.event.type.startsWith('order.') ? faultsOfOrder(world, taken) : []
    case 'bot':
    case 'director':
      return faultsOfHalt(world, taken)
    case 'venue':
    case 'breaker':
      return []
  }
}

function faultsOfOrder(world: Composition, { event, before, after }: Taken): readonly string[] {
  const { parts } = world
  const { type } = event
  if (type === 'order.new') return []
  const from = parts.order.leaf(before.order)
  const to = parts.order.leaf(after.order)
  if (from === to) return []
  const faults: string[] = []
  if (to === 'submitting') {
    if (from !== 'pending' || type !== 'order.journaled') faults.push(`I3: ${type} submitted an order that was ${from}`)
    if (holds(parts, before)) faults.push('I4: sent under a tripped breaker')
    if (!isTradable(parts, before)) faults.push('I4: sent to a venue that is away')
    if (!parts.bot.hasTag(before.bot, 'trading')) faults.push(`I4: sent for a bot that is ${parts.bot.leaf(before.bot)}`)
    if (!world.mayOpen(before)) faults.push('I4: sent where the gate would block it')
    if (parts.order.snapshot(before.order).context.venueOrderId !== null) faults.push('I3: sent again although the venue has it')
  }
  if (to === 'rejected') {
    const isNo = type === 'order.refused' || (type === 'order.reported' && 'status' in event && event.status === 'absent')
    if (!isNo) faults.push(`I7: ${type} rejected an order that was ${from}`)
  }
  if (UNKNOWN.includes(from) && !UNKNOWN.includes(to) && !EVIDENCE.includes(type)) faults.push(`I7: ${type} ended UNKNOWN`)
  if (TERMINAL.includes(from) && !CORRECTION.includes(type)) faults.push(`I7: ${type} changed an order that was ${from}`)
  return faults
}

function faultsOfHalt({ parts, scope }: Composition, { part, event, before, after }: Taken): readonly string[] {
  if (parts[part].leaf(before[part]) !== 'halted' || parts[part].leaf(after[part]) === 'halted') return []
  const faults: string[] = []
  const ended = part === 'bot' ? 'a halt' : 'a halt of the company'
  if (event.type !== 'operator.reset') faults.push(`RUN-12: ${event.type} ended ${ended}`)
  // One that lets reducing orders pass halts nobody.
  if (holds(parts, before) && scope !== 'reducing') faults.push(`RUN-12: ${ended} ended under a tripped breaker`)
  const isByCompany = 'operator' in event && event.operator === 'parent'
  if (isByCompany && sourcesOf(parts[part], before[part]).includes('operator')) faults.push("RUN-12: the company ended an operator's halt")
  return faults
}
