import type { AnyStateMachine } from 'xstate'
import { SUBJECTS } from './charts'
import { type ChartModel, modelOf } from './charts/model'

/** How much of one chart was walked. */
export interface ChartCoverage {
  readonly machine: string
  /** Ids of the states that hold no others, and which of them were never entered. */
  readonly states: readonly string[]
  readonly unvisited: readonly string[]
  /** Every way from one of these states to another, as `from → to` and whatever the event, and which of them were never taken. */
  readonly arrows: readonly string[]
  readonly unwalked: readonly string[]
  /** Steps that were taken and that no arrow of the chart explains. */
  readonly unexplained: readonly string[]
}

const STEP = /^(\S+) (\S+) → (\S+)$/
/** What a run calls the chart of the orchestrator: its entries in the journal are those of the company. */
const CHART_NAMES: Readonly<Record<string, string>> = { company: 'orchestrator' }
/** Where something was before it was first seen. */
const NOWHERE = 'none'

/** Returns for every chart of the company how much of it the steps `machine from → to` walked; `none` is before the first state. */
export function coverageOf(transitions: ReadonlyMap<string, number>): readonly ChartCoverage[] {
  return SUBJECTS.map(({ machine }) => chartCoverage(machine, transitions))
}

function chartCoverage(machine: AnyStateMachine, transitions: ReadonlyMap<string, number>): ChartCoverage {
  const model = modelOf(machine)
  const states = model.states.filter((state) => state.kind !== 'compound').map((state) => state.id)
  const arrows = new Set(states.flatMap((id) => [...targetsOf(model, id)].map((target) => `${id} → ${target}`)))
  const visited = new Set([restOf(model, model.initial)])
  const walked = new Set<string>()
  for (const step of transitions.keys()) {
    const [, name = '', from = '', to = ''] = STEP.exec(step) ?? []
    if ((CHART_NAMES[name] ?? name) !== model.machine) continue
    const source = idOf(model, from)
    const target = idOf(model, to)
    visited.add(source).add(target)
    if (source !== target) walked.add(`${source} → ${target}`)
  }
  return {
    machine: model.machine,
    states,
    unvisited: states.filter((id) => !visited.has(id)),
    arrows: [...arrows],
    unwalked: [...arrows].filter((arrow) => !walked.has(arrow)),
    unexplained: [...walked].filter((arrow) => !arrows.has(arrow)).sort(),
  }
}

/** The state that a run calls by its id, or as reports show it; one that it does not know stays as it is. */
function idOf(model: ChartModel, name: string): string {
  if (name === NOWHERE) return restOf(model, model.initial)
  return model.states.find(({ id, shown }) => id === name || shown === name)?.id ?? name
}

/** Where a state that holds no others can lead by one event, its own rules and those it inherits taken together; itself left out. */
function targetsOf(model: ChartModel, id: string): ReadonlySet<string> {
  const settled = new Set<string>()
  const targets = new Set<string>()
  for (const source of lineage(id)) {
    const rules = model.transitions.filter((transition) => transition.source === source && !settled.has(transition.event))
    for (const { target } of rules) if (target !== null) targets.add(restOf(model, target))
    // A rule without a guard always holds, so that the same event never reaches a parent.
    for (const { event, guard } of rules) if (guard === null) settled.add(event)
  }
  targets.delete(id)
  return targets
}

/** The state that entering `id` comes to rest in. */
function restOf(model: ChartModel, id: string): string {
  const initial = model.states.find((candidate) => candidate.id === id)?.initial ?? null
  return initial === null ? id : restOf(model, initial)
}

/** A state and those that hold it, innermost first; the chart itself, the empty path, last. */
function lineage(id: string): readonly string[] {
  const parts = id.split('.')
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('.')), '']
}
