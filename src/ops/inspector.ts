import { messageOf } from '#domain/errors'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import { DEFINITION_BOUNDS, inspectionJson } from './inspection-json'

/** Version of the message format that we speak, as its readers check it. */
const FORMAT_VERSION = '0.7.2'
/** Roots remembered; finished ones are forgotten first. */
const ROOTS_MAX = 1_000

interface InspectedActor {
  readonly sessionId: string
  getSnapshot(): unknown
}

/** What XState hands to an `inspect` function, by structure: ops does not import XState. */
export interface InspectionInput {
  readonly type: string
  readonly rootId: string
  readonly actorRef: InspectedActor
  readonly sourceRef?: { readonly sessionId: string } | undefined
  readonly event?: unknown
  readonly snapshot?: unknown
}

/** Lets foreign inspectors watch the statecharts, in the message format of `@statelyai/inspect`. */
export interface InspectorHub {
  /** Give it to `createActor(machine, { inspect })` at every root. Costs one comparison an event while nobody watches. */
  readonly inspect: (event: InspectionInput) => void
  /** Sends one `@xstate.actor` for each present actor, then every message as it happens, until the returned function is called. */
  attach(send: (text: string) => void): () => void
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function isActor(value: unknown): value is InspectedActor {
  return typeof property(value, 'sessionId') === 'string' && typeof property(value, 'getSnapshot') === 'function'
}

function snapshotJson(snapshot: unknown): unknown {
  if (snapshot === undefined || snapshot === null) return { status: 'active' } // an actor is announced before it has a snapshot
  const picked: Record<string, unknown> = {}
  for (const key of ['status', 'value', 'context', 'output', 'error', 'historyValue', 'children']) {
    const item = property(snapshot, key)
    if (item !== undefined) picked[key] = item
  }
  const tags = property(snapshot, 'tags')
  return inspectionJson(tags instanceof Set ? { ...picked, tags: [...tags] } : picked)
}

/** Definitions are large and never change: one text a machine. */
function definitionReader(): (actor: InspectedActor, name: string) => string {
  const texts = new WeakMap<object, string>()
  return (actor, name) => {
    const config = property(property(actor, 'logic'), 'config')
    if (typeof config !== 'object' || config === null) return JSON.stringify({ id: name })
    const known = texts.get(config) ?? JSON.stringify(inspectionJson(config, DEFINITION_BOUNDS))
    texts.set(config, known)
    return known
  }
}

function nameOf(actor: InspectedActor): string {
  const id = property(actor, 'id')
  const machine = property(property(property(actor, 'logic'), 'config'), 'id')
  if (typeof id === 'string' && id !== actor.sessionId) return id
  return typeof machine === 'string' ? machine : actor.sessionId
}

function isOver(actor: InspectedActor): boolean {
  return property(actor.getSnapshot(), 'status') !== 'active'
}

/** Returns a hub that nobody watches yet. */
export function createInspectorHub({ clock, log }: { readonly clock: ClockPort; readonly log: LogPort }): InspectorHub {
  const viewers = new Set<(text: string) => void>()
  const roots = new Map<string, InspectedActor>()
  const definitionOf = definitionReader()
  const base = (rootId: string, sessionId: string) => ({
    sessionId,
    rootId,
    createdAt: String(clock.now()),
    _version: FORMAT_VERSION,
    id: null,
  })

  const actorText = (actor: InspectedActor, rootId: string, snapshot: unknown): string => {
    const name = nameOf(actor)
    const parentId = property(property(actor, '_parent'), 'sessionId')
    const definition = definitionOf(actor, name)
    return JSON.stringify({
      type: '@xstate.actor',
      name,
      ...base(rootId, actor.sessionId),
      parentId,
      definition,
      snapshot: snapshotJson(snapshot),
    })
  }

  const textOf = (event: InspectionInput): string | null => {
    const common = base(event.rootId, event.actorRef.sessionId)
    if (event.type === '@xstate.actor') return actorText(event.actorRef, event.rootId, event.actorRef.getSnapshot())
    if (event.type === '@xstate.event') {
      return JSON.stringify({ type: event.type, ...common, sourceId: event.sourceRef?.sessionId, event: inspectionJson(event.event) })
    }
    if (event.type !== '@xstate.snapshot') return null // the format has three kinds; readers ignore the others
    return JSON.stringify({ type: event.type, ...common, event: inspectionJson(event.event), snapshot: snapshotJson(event.snapshot) })
  }

  const rememberRoot = (actor: InspectedActor): void => {
    if (roots.size >= ROOTS_MAX) for (const [id, root] of roots) if (isOver(root)) roots.delete(id)
    const oldest = roots.keys().next().value
    if (roots.size >= ROOTS_MAX && oldest !== undefined) roots.delete(oldest)
    roots.set(actor.sessionId, actor)
  }

  const sendTree = (actor: InspectedActor, rootId: string, send: (text: string) => void): void => {
    const snapshot = actor.getSnapshot()
    send(actorText(actor, rootId, snapshot))
    for (const child of Object.values(Object(property(snapshot, 'children')))) if (isActor(child)) sendTree(child, rootId, send)
  }

  return {
    inspect: (event) => {
      if (event.type === '@xstate.actor' && event.rootId === event.actorRef.sessionId) rememberRoot(event.actorRef)
      if (viewers.size === 0) return
      try {
        const text = textOf(event)
        if (text !== null) for (const send of viewers) send(text)
      } catch (error) {
        // Watching must never stop what is watched: XState would take a throw from here for the machine's own failure.
        viewers.clear()
        log.error('inspection failed; all viewers are detached', { reason: messageOf(error), actor: event.actorRef.sessionId })
      }
    },
    attach: (send) => {
      for (const [rootId, root] of roots) {
        if (isOver(root)) roots.delete(rootId)
        else sendTree(root, rootId, send)
      }
      viewers.add(send)
      return () => viewers.delete(send)
    },
  }
}
