import { type AnyMachineSnapshot, type AnyStateMachine, type AnyStateNode, createActor, type EventObject, transition } from 'xstate'
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
  /** Actions that are run, by name, in order. */
  readonly actions: readonly string[]
}

/** Everything that a chart can come to, its contexts bounded by `Chart.essence`. */
export interface Graph {
  readonly chart: Chart
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
  /** Every (state, event, outcome of its guards) that was seen. */
  readonly valuations: ReadonlySet<string>
}

/** More nodes than this mean that a context grows without end. */
const NODES_MAX = 20_000

/** Walks a chart breadth first, every event in every node, by the pure transition function. @throws when it has no end. */
export function explore(chart: Chart, nodesMax = NODES_MAX): Graph {
  const nodes: Node[] = []
  const edges: Edge[] = []
  const valuations = new Set<string>()
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
      for (const [name, holds] of valuationOf(chart.machine, from.snapshot, event))
        valuations.add(`${from.leaf} ${event.type} ${name}=${holds}`)
      const [snapshot, actions] = transition(chart.machine, from.snapshot, event)
      const to = nodeOf(snapshot as AnyMachineSnapshot, { from, event })
      edges.push({ from, event, to, actions: actions.map((action) => action.type) })
    }
  }
  return { chart, nodes, edges, valuations }
}

function keyOf(chart: Chart, snapshot: AnyMachineSnapshot): string {
  return JSON.stringify([snapshot.value, chart.essence(snapshot.context)])
}

/** Evaluates each guard that an event meets in a node, from the innermost state outwards. */
export function valuationOf(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: EventObject,
): readonly (readonly [string, boolean])[] {
  const found: [string, boolean][] = []
  for (const node of snapshot._nodes as readonly AnyStateNode[])
    for (const { guard } of node.transitions.get(event.type) ?? []) {
      if (guard === undefined) continue
      const { type, params } =
        typeof guard === 'string' ? { type: guard, params: undefined } : (guard as { type: string; params?: unknown })
      const scope = { context: snapshot.context, event }
      const given = typeof params === 'function' ? params(scope) : params
      found.push([type, (machine.implementations.guards[type] as unknown as Judge)(scope, given)])
    }
  return found
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
