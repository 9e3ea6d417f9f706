import { type AnyStateMachine, createMachine } from 'xstate'
import { CHARTS, type Chart } from './charts'

type Config = { states: Record<string, Config>; on: Record<string, unknown>; [key: string]: unknown }

/** Copies a chart's configuration, functions and all, so that a change stays here. */
function copied<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copied) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner)])) as T
}

/** Returns a chart with a mistake in it, for tests of the checker; the product's own stays as it is. */
export function planted(name: string, change: (config: Config) => void, charts = CHARTS): Chart {
  const chart = charts.find((candidate) => candidate.name === name)
  if (chart === undefined) throw new Error(`no chart ${name}`)
  const config = copied(chart.machine.config) as unknown as Config
  change(config)
  const machine = createMachine(config as never, chart.machine.implementations as never) as unknown as AnyStateMachine
  return { ...chart, machine }
}

/** Lays a mistake in a copied configuration. */
export type Change = (config: Config) => void

/** Lays keys over one part of a state (`''` is the root); null takes the part away. */
export function set(path: string, part: string, keys: Record<string, unknown> | null): Change {
  return (config) => {
    const names = path === '' ? [] : path.split('.')
    const state = names.reduce((at, name) => {
      const inner = at.states[name]
      if (inner === undefined) throw new Error(`no state ${path}`)
      return inner
    }, config)
    if (keys === null) delete state[part]
    else state[part] = { ...(state[part] as object | undefined), ...keys }
  }
}

/** Makes several changes. */
export function all(...changes: readonly Change[]): Change {
  return (config) => {
    for (const change of changes) change(config)
  }
}

/** An action of the order chart: it notes that the venue has the order, under an id. */
export const know = { type: 'noteVenueId', params: () => ({ venueOrderId: 'V-1', atMs: 1 }) }

/** Mistakes that more than one check must find: that of a chart by itself, and that of the charts composed. */
export const PLANTS = {
  /** Of a bot: a resume while a reason to hold remains. */
  resumeUnderHold: set('operating.paused', 'on', { 'bot.resume': 'active' }),
  /** Of a bot or the orchestrator: a halt that does nothing when it begins. */
  idleHalt: set('halted', 'entry', null),
  /** Of an order: an acceptance that PENDING only notes, so that it may be sent once more. */
  acceptedWhilePending: set('pending', 'on', { 'order.accepted': { actions: know } }),
  /** Of an order: an acceptance that submits an open order once more. */
  acceptedIsSubmitted: set('open', 'on', { 'order.accepted': 'submitting' }),
  /** Of an order: a rejection by whatever the venue reports. */
  reportedIsRejected: set('submitting', 'on', { 'order.reported': 'rejected' }),
  /** Of a breaker: a reset that re-arms it and tells nobody. */
  silentRearm: set('tripped', 'on', { 'operator.reset': 'armed' }),
} as const satisfies Readonly<Record<string, Change>>

type Branch = { guard?: unknown }

/** Every guard of a chart by its place, each with the change that takes it away. */
export function guardsOf({ machine }: Chart): readonly (readonly [name: string, unguard: Change])[] {
  const found: [string, Change][] = []
  const visit = (path: readonly string[], config: Config): void => {
    for (const part of ['on', 'after', 'invoke'])
      for (const [type, branches] of Object.entries(config[part] ?? {}))
        for (const [index, branch] of [branches].flat().entries())
          if (typeof branch === 'object' && branch !== null && 'guard' in branch)
            found.push([
              `${path.join('.') || 'root'} ${type}[${index}]`,
              (copy) => {
                const state = path.reduce((at, name) => at.states[name] as Config, copy)
                const own = (state[part] as Record<string, Branch | readonly Branch[]>)[type]
                delete ([own].flat()[index] as Branch).guard
              },
            ])
    for (const [name, inner] of Object.entries(config.states ?? {})) visit([...path, name], inner)
  }
  visit([], machine.config as unknown as Config)
  return found
}
