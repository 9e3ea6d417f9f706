import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { InvariantError } from '#domain/errors'

/** What guards, params and assigns are called with. */
export interface Args {
  readonly context: object
  readonly event: { readonly type: string }
}

/** A named condition with the params of its place in the chart: a function of the arguments, or a value. */
export interface Guard {
  readonly name: string
  readonly check: (args: Args, params: unknown) => boolean
  readonly params: unknown
}

/** One assign: a function that returns what changes, or an object of functions and values, with the params of its place. */
export interface Step {
  readonly assignment: ((args: Args, params: unknown) => object) | Readonly<Record<string, unknown>>
  readonly params: unknown
}

/** One transition that an event may take: the first of a list whose guard passes is taken. */
export interface Candidate {
  /** The state that declares it, or the root; named when its guard throws. */
  readonly nodeId: string
  readonly guard: Guard | null
  /** Null stays. */
  readonly target: Cell | null
  /** Exit, transition and entry assigns, in this order. */
  readonly steps: readonly Step[]
}

/** All that is known of a state before anything happens. */
export interface Cell {
  /** Of XState's own making: nodes, value, tags and methods of every snapshot in this state. */
  readonly template: AnyMachineSnapshot
  readonly isFinal: boolean
  /** By event type; the root's candidates follow the state's own. Empty where `{}` forbids the event. */
  readonly on: Map<string, readonly Candidate[]>
}

/** A flat machine as a table. */
export interface Table {
  readonly cells: ReadonlyMap<string, Cell>
  readonly initial: Cell
  /** Entry of the root, of the initial transition and of the initial state. */
  readonly initialSteps: readonly Step[]
}

const BUILTIN = 'xstate.'

/** @throws {InvariantError} always: names the machine, the place and what cannot be compiled there. */
function refuse(node: AnyStateNode, what: string): never {
  const place = node.parent === undefined ? 'its root' : `state "${node.key}"`
  throw new InvariantError(`compile(): machine "${node.machine.id}", ${place}: ${what}`)
}

/** Returns what a function is to XState (`xstate.raise`), or its own name. */
function kindOf(code: unknown): string {
  const kind: unknown = typeof code === 'function' ? (Reflect.get(code, 'type') ?? code.name) : typeof code
  return kind === '' ? 'anonymous' : String(kind)
}

/** Returns the name of a reference such as `'isFull'` or `{ type: 'isFull', params }`; refuses what has none. */
function nameOf(node: AnyStateNode, reference: unknown, kind: 'guard' | 'action'): string {
  if (typeof reference === 'string') return reference
  if (typeof reference === 'object' && reference !== null) return String(Reflect.get(reference, 'type'))
  return refuse(node, `the inline ${kind} "${kindOf(reference)}"; it needs a name in setup()`)
}

function paramsOf(reference: unknown): unknown {
  return typeof reference === 'object' && reference !== null ? Reflect.get(reference, 'params') : undefined
}

function guardOf(node: AnyStateNode, reference: unknown): Guard {
  const name = nameOf(node, reference, 'guard')
  const check: unknown = node.machine.implementations.guards[name]
  if (typeof check !== 'function') return refuse(node, `the guard "${name}" has no function behind it`)
  if ('check' in check) return refuse(node, `the guard "${name}" is made of others (${check.name})`)
  return { name, check: check as Guard['check'], params: paramsOf(reference) }
}

/** Returns what an `assign()` assigns, or null for anything else. */
function assignmentOf(action: unknown): Step['assignment'] | null {
  if (typeof action !== 'function' || Reflect.get(action, 'type') !== 'xstate.assign') return null
  return Reflect.get(action, 'assignment') as Step['assignment']
}

function stepOf(node: AnyStateNode, reference: unknown): Step {
  const inline = assignmentOf(reference)
  if (inline !== null) return { assignment: inline, params: undefined }
  const name = nameOf(node, reference, 'action')
  const action: unknown = node.machine.implementations.actions[name]
  if (action === undefined) return refuse(node, `the action "${name}" has nothing behind it`)
  const assignment = assignmentOf(action)
  if (assignment === null) return refuse(node, `the action "${name}" is no assign (${kindOf(action)})`)
  return { assignment, params: paramsOf(reference) }
}

const stepsOf = (node: AnyStateNode, actions: readonly unknown[]): readonly Step[] => actions.map((action) => stepOf(node, action))

function checkNode(node: AnyStateNode): void {
  const { config } = node
  if (node.invoke.length > 0) refuse(node, `invoke of "${String(node.invoke[0]?.src)}"`)
  if (config.after !== undefined) refuse(node, `after (${Object.keys(config.after).join(', ')})`)
  if (config.always !== undefined) refuse(node, 'always')
  if (config.output !== undefined) refuse(node, 'output')
  for (const type of node.transitions.keys()) {
    if (type.endsWith('*')) refuse(node, `the wildcard "${type}"`)
    if (type.startsWith(BUILTIN)) refuse(node, `the event "${type}" of XState itself`)
  }
}

function checkStates(root: AnyStateNode): void {
  checkNode(root)
  if (root.type !== 'compound') refuse(root, root.type === 'parallel' ? 'parallel states' : 'no states')
  for (const node of Object.values(root.states)) {
    checkNode(node)
    if (node.type !== 'atomic' && node.type !== 'final') refuse(node, `a ${node.type} state`)
  }
}

/** Returns the one state that a transition leads to, null for none. */
function targetOf(definition: AnyTransitionDefinition, root: AnyStateNode): AnyStateNode | null {
  const { source, target, reenter, eventType } = definition
  const [node, ...others] = target ?? []
  if (node === undefined) return null
  if (others.length > 0) refuse(source, `several targets of "${eventType}"`)
  if (node.parent !== root) refuse(source, `the target of "${eventType}" is no state of the root`)
  if (source === root && reenter) refuse(source, `reenter of "${eventType}"`)
  return node
}

function candidateOf(definition: AnyTransitionDefinition, from: AnyStateNode, cells: ReadonlyMap<string, Cell>): Candidate {
  const { source, guard, actions, reenter } = definition
  const root = from.machine.root
  const target = targetOf(definition, root)
  // A transition of the root leaves and enters even the state it leads to; one of the state itself only where it says so.
  const moves = target !== null && (source === root || target !== from || reenter)
  const steps = [...stepsOf(source, actions)]
  if (moves) {
    steps.unshift(...stepsOf(from, from.exit))
    steps.push(...entryOf(target, root))
  }
  return {
    nodeId: source.id,
    guard: guard === undefined ? null : guardOf(source, guard),
    target: target === null ? null : (cells.get(target.key) ?? null),
    steps,
  }
}

/** Entering a final state ends the machine, which leaves all states again. */
function entryOf(node: AnyStateNode, root: AnyStateNode): readonly Step[] {
  const entry = stepsOf(node, node.entry)
  return node.type === 'final' ? [...entry, ...stepsOf(node, node.exit), ...stepsOf(root, root.exit)] : entry
}

function isForbidden(first: Candidate | undefined): boolean {
  return first !== undefined && first.guard === null && first.target === null && first.steps.length === 0
}

function fill(cell: Cell, node: AnyStateNode, cells: ReadonlyMap<string, Cell>): void {
  const { root } = node.machine
  for (const type of new Set([...node.transitions.keys(), ...root.transitions.keys()])) {
    const definitions = [...(node.transitions.get(type) ?? []), ...(root.transitions.get(type) ?? [])]
    const candidates = definitions.map((definition) => candidateOf(definition, node, cells))
    cell.on.set(type, isForbidden(candidates[0]) ? [] : candidates)
  }
}

/**
 * Walks a flat machine into a table.
 * @throws {InvariantError} for whatever a table cannot do: see `compile`.
 */
export function tableOf(machine: AnyStateMachine): Table {
  const { root } = machine
  checkStates(root)
  const nodes = Object.values(root.states) as readonly AnyStateNode[]
  const cells = new Map(
    nodes.map((node): [string, Cell] => {
      const template = machine.resolveState({ value: node.key, context: {} })
      return [node.key, { template, isFinal: node.type === 'final', on: new Map() }]
    }),
  )
  for (const node of nodes) {
    const cell = cells.get(node.key)
    if (cell !== undefined) fill(cell, node, cells)
  }
  const [first] = root.initial.target
  const initial = first === undefined ? undefined : cells.get(first.key)
  if (first === undefined || initial === undefined) return refuse(root, 'no initial state of its own')
  return {
    cells,
    initial,
    initialSteps: [...stepsOf(root, root.entry), ...stepsOf(root, root.initial.actions), ...entryOf(first, root)],
  }
}
