import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { shownState } from '#machines/status'

/** One state of a chart. Ids are paths below the machine: `operating.active`; the machine itself is the empty path. */
export interface StateModel {
  readonly id: string
  readonly name: string
  /** As reports and the API show it; null for a state that holds others. */
  readonly shown: string | null
  readonly parent: string
  readonly kind: 'atomic' | 'compound' | 'final'
  /** Id of the state that a compound one starts in; null otherwise. */
  readonly initial: string | null
  readonly tags: readonly string[]
  readonly description: string | null
  readonly entry: readonly string[]
  readonly exit: readonly string[]
  readonly invokes: readonly { readonly id: string; readonly src: string }[]
}

export interface TransitionModel {
  /** Empty for one that stands at the root, and so works in every state. */
  readonly source: string
  /** XState's own name of the trigger. */
  readonly event: string
  /** `after`: a deadline passed. `done`, `error`: an invoked actor ended or failed. */
  readonly kind: 'event' | 'after' | 'done' | 'error'
  /** What a picture calls the trigger: the event, the delay or the actor. */
  readonly label: string
  readonly guard: string | null
  /** Null when the state stays. */
  readonly target: string | null
  readonly actions: readonly string[]
  /** True when the state is left and entered again though it is its own target. */
  readonly isReentering: boolean
  /** True for an event that the state refuses though a parent allows it. */
  readonly isForbidden: boolean
}

/** A machine as data: what the pictures are drawn from, and what other tools may read. */
export interface ChartModel {
  readonly machine: string
  readonly description: string | null
  readonly initial: string
  readonly states: readonly StateModel[]
  readonly transitions: readonly TransitionModel[]
  readonly events: readonly string[]
  readonly tags: readonly string[]
  readonly guards: readonly string[]
  readonly actions: readonly string[]
  readonly actors: readonly string[]
  readonly delays: readonly string[]
}

function idOf(node: AnyStateNode): string {
  return node.path.join('.')
}

function nameOf(item: unknown): string {
  if (typeof item === 'string') return item
  if (typeof item === 'function') return 'xstate.inline'
  return String((item as { readonly type: unknown }).type)
}

/** Names of actions without those that XState adds for deadlines. */
function named(actions: readonly unknown[]): readonly string[] {
  return actions.map(nameOf).filter((name) => !name.startsWith('xstate.'))
}

function stateOf(node: AnyStateNode): StateModel {
  const initial = node.initial.target?.[0]
  const isCompound = Object.keys(node.states).length > 0
  return {
    id: idOf(node),
    name: node.key,
    shown: isCompound ? null : shownState(node.key),
    parent: node.parent === undefined ? '' : idOf(node.parent),
    kind: isCompound ? 'compound' : node.type === 'final' ? 'final' : 'atomic',
    initial: isCompound && initial !== undefined ? idOf(initial) : null,
    tags: [...node.tags],
    description: node.description ?? null,
    entry: named(node.entry),
    exit: named(node.exit),
    invokes: node.invoke.map((invoke) => ({ id: invoke.id, src: nameOf(invoke.src) })),
  }
}

const TRIGGER = /^xstate\.(after|done\.actor|error\.actor)\.([^.]+)/

function transitionOf(node: AnyStateNode, transition: AnyTransitionDefinition): TransitionModel {
  const [, internal, name = ''] = TRIGGER.exec(transition.eventType) ?? []
  const kind = internal === 'after' ? 'after' : internal === 'done.actor' ? 'done' : internal === 'error.actor' ? 'error' : 'event'
  const target = transition.target?.[0]
  const actions = named(transition.actions)
  return {
    source: idOf(node),
    event: transition.eventType,
    kind,
    label: kind === 'event' ? transition.eventType : `${kind} ${name === '*' ? 'of any actor' : name}`,
    guard: transition.guard === undefined ? null : nameOf(transition.guard),
    target: target === undefined ? null : idOf(target),
    actions,
    isReentering: transition.reenter,
    isForbidden: target === undefined && actions.length === 0,
  }
}

function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)]
}

/** Reads a machine into data. States stand in their order in the code, parents first; names are sorted. */
export function modelOf(machine: AnyStateMachine): ChartModel {
  const nodes = nodesOf(machine.root)
  const states = nodes.slice(1).map(stateOf)
  const transitions = nodes.flatMap((node) => [...node.transitions.values()].flat().map((transition) => transitionOf(node, transition)))
  const { guards, actions, actors, delays } = machine.implementations
  return {
    machine: machine.id,
    description: machine.root.description ?? null,
    initial: machine.root.initial.target?.[0] === undefined ? '' : idOf(machine.root.initial.target[0]),
    states,
    transitions,
    events: [...new Set(transitions.filter((transition) => transition.kind === 'event').map((transition) => transition.event))].sort(),
    tags: [...new Set(states.flatMap((state) => state.tags))].sort(),
    guards: Object.keys(guards).sort(),
    actions: Object.keys(actions).sort(),
    actors: Object.keys(actors).sort(),
    delays: Object.keys(delays).sort(),
  }
}
