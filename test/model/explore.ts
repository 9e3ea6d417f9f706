import {
  type ActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  createActor,
  type EventObject,
  transition,
} from 'xstate'
import { compile } from '#machines/compile'
import { leafOf } from '#machines/status'
import type { Chart } from './charts'

/** A distinct state and context of a chart, with the shortest way to it. */
export interface Node {
  readonly id: number
  readonly leaf: string
  readonly snapshot: AnyMachineSnapshot
  /** The node before it on the shortest way, and the event; null at a start. */
  readonly via: { readonly from: Node; readonly event: EventObject } | null
}

/** What an event does in a node. */
export interface Edge {
  readonly from: Node
  readonly event: EventObject
  readonly to: Node
  /** The candidate that was taken; null when the event means nothing there. */
  readonly by: AnyTransitionDefinition | null
  /** Actions that are run, by name, in order. */
  readonly actions: readonly string[]
}

/** Everything that a chart can come to, its contexts bounded by `Chart.essence`. */
export interface Graph {
  readonly chart: Chart
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
  /** Every (state, event, outcome of its guards together) that was seen. */
  readonly choices: readonly (Choice & { readonly leaf: string })[]
}

/** More nodes than this mean that a context grows without end. */
const NODES_MAX = 20_000

/** Returns where an event leads, and the names of the actions that it runs. */
export type Step = (snapshot: AnyMachineSnapshot, event: EventObject) => readonly [AnyMachineSnapshot, readonly string[]]

/** XState's own pure transition function. */
function interpreted(machine: AnyStateMachine): Step {
  return (snapshot, event) => {
    const [next, actions] = transition(machine, snapshot, event)
    return [next as AnyMachineSnapshot, actions.map((action) => action.type)]
  }
}

/** The table of a flat chart, which is many times as fast and has no actions to tell of; XState's function for any other. */
export function quick(machine: AnyStateMachine): Step {
  const isFlat = statesOf(machine.root).every((node) => node.path.length <= 1 && node.invoke.length === 0 && node.after.length === 0)
  if (!isFlat) return interpreted(machine)
  const table = compile(machine)
  return (snapshot, event) => [table.transition(snapshot, event, NO_ACTOR), []]
}

/** A table needs nothing of the actor around it. */
const NO_ACTOR = {} as ActorScope<AnyMachineSnapshot, EventObject>

/** Walks a chart breadth first, every event in every node. @throws when it has no end. */
export function explore(chart: Chart, stepOf: (machine: AnyStateMachine) => Step = interpreted, nodesMax = NODES_MAX): Graph {
  const step = stepOf(chart.machine)
  const nodes: Node[] = []
  const edges: Edge[] = []
  const choices = new Map<string, Graph['choices'][number]>()
  const known = new Map<string, Node>()
  const nodeOf = (snapshot: AnyMachineSnapshot, via: Node['via']): Node => {
    const key = keyOf(chart, snapshot)
    const present = known.get(key)
    if (present !== undefined) return present
    if (nodes.length >= nodesMax) throw new Error(`${chart.name}: more than ${nodesMax} states: bound its context`)
    const node: Node = { id: nodes.length, leaf: leafOf(snapshot.value), snapshot, via }
    known.set(key, node)
    nodes.push(node)
    return node
  }
  for (const input of chart.inputs) nodeOf(createActor(chart.machine, { input }).getSnapshot() as AnyMachineSnapshot, null)
  for (let index = 0; index < nodes.length; index++) {
    const from = nodes[index] as Node
    if (from.snapshot.status === 'done') continue
    for (const event of chart.events) {
      const choice = choiceOf(chart.machine, from.snapshot, event)
      choices.set(`${from.leaf} ${event.type} ${choice.tried.length} ${choice.taken === null}`, { ...choice, leaf: from.leaf })
      const [snapshot, actions] = step(from.snapshot, event)
      const to = snapshot === from.snapshot ? from : nodeOf(snapshot, { from, event })
      edges.push({ from, event, to, by: choice.taken, actions })
    }
  }
  return { chart, nodes, edges, choices: [...choices.values()] }
}

function keyOf(chart: Chart, snapshot: AnyMachineSnapshot): string {
  return JSON.stringify([snapshot.value, chart.essence(snapshot.context)])
}

/** What an event met in a state: the candidates that were tried, in order; the last one was taken, unless every one refused. */
export interface Choice {
  readonly tried: readonly string[]
  readonly taken: AnyTransitionDefinition | null
}

/** Returns what an event meets in a node, as XState selects: from the innermost state outwards, up to the first candidate whose guard passes. */
export function choiceOf(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: EventObject): Choice {
  const tried: string[] = []
  const inwards = [...(snapshot._nodes as readonly AnyStateNode[])].sort((a, b) => b.path.length - a.path.length)
  for (const node of inwards)
    for (const type of [...node.transitions.keys()].filter((key) => isMeant(key, event.type)).sort((a, b) => b.length - a.length))
      for (const [index, candidate] of (node.transitions.get(type) ?? []).entries()) {
        tried.push(nameOf(node, type, index))
        if (passes(machine, candidate, { context: snapshot.context, event })) return { tried, taken: candidate }
      }
  return { tried, taken: null }
}

/** Every candidate that a chart declares, by name, in the order of its states; true for one with a guard. */
export function candidatesOf(machine: AnyStateMachine): ReadonlyMap<string, boolean> {
  return new Map(
    statesOf(machine.root).flatMap((node) =>
      [...node.transitions].flatMap(([type, list]) =>
        list.map(({ guard }, index): [string, boolean] => [nameOf(node, type, index), guard !== undefined]),
      ),
    ),
  )
}

/**
 * Candidates that nothing takes, be it only in one of the states that come to them, and guards that never refuse in a state where they
 * are asked: either means that the chart says more than it does.
 */
export function idleOf({ chart, choices }: Graph): readonly string[] {
  const declared = candidatesOf(chart.machine)
  const tried = new Set(choices.flatMap((choice) => choice.tried))
  const taken = new Set<string>()
  const refused = new Set<string>()
  for (const choice of choices)
    for (const [index, name] of choice.tried.entries())
      (choice.taken !== null && index === choice.tried.length - 1 ? taken : refused).add(`${name} in ${choice.leaf}`)
  const met = new Map([...taken, ...refused].map((place) => [place, declared.get(place.slice(0, place.lastIndexOf(' in '))) === true]))
  return [
    ...[...declared.keys()].flatMap((name) => (tried.has(name) ? [] : [`${name} is never tried`])),
    ...[...met.keys()].flatMap((place) => (taken.has(place) ? [] : [`${place} is never taken`])),
    ...[...met].flatMap(([place, isGuarded]) => (isGuarded && !refused.has(place) ? [`${place} never refuses`] : [])),
  ]
}

function nameOf(node: AnyStateNode, type: string, index: number): string {
  return `${node.path.join('.') || 'root'} ${type}[${index}]`
}

/** True when a descriptor of a chart, maybe one with `.*` at its end, means an event. */
function isMeant(descriptor: string, type: string): boolean {
  return descriptor === type || (descriptor.endsWith('.*') && `${type}.`.startsWith(descriptor.slice(0, -1)))
}

function passes(machine: AnyStateMachine, { guard }: AnyTransitionDefinition, scope: Parameters<Judge>[0]): boolean {
  if (guard === undefined) return true
  const { type, params } = typeof guard === 'string' ? { type: guard, params: undefined } : (guard as { type: string; params?: unknown })
  return (machine.implementations.guards[type] as unknown as Judge)(scope, typeof params === 'function' ? params(scope) : params)
}

type Judge = (scope: { readonly context: unknown; readonly event: EventObject }, params: unknown) => boolean

/** Returns the events that lead to a node, in words. */
export function wayTo(node: Node): string {
  const steps: string[] = []
  for (let at: Node = node; at.via !== null; at = at.via.from) steps.unshift(at.via.event.type)
  return steps.length === 0 ? 'its start' : steps.join(', ')
}

/** Every node of a chart's tree of states, the root first. */
export function statesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(statesOf)]
}

/** Names of the innermost states that a chart declares. */
export function leavesOf(machine: AnyStateMachine): readonly string[] {
  return statesOf(machine.root)
    .filter((node) => Object.keys(node.states).length === 0)
    .map((node) => node.key)
}
