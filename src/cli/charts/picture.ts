import type { ChartModel, StateModel, TransitionModel } from './model'

/** Width of one character of the picture's monospaced type at 11 px. */
export const CHARACTER_WIDTH = 6.65
export const LINE_HEIGHT = 15
/** Stands in a picture for every state of the chart. */
export const ANYWHERE = '*'

/** An arrow between two states, with every trigger that takes it. */
export interface Arrow {
  readonly source: string
  readonly target: string
  readonly lines: readonly string[]
}

/** A rule that many states share: told in a line below the picture, where arrows would hide the rest. */
export interface SharedRule {
  readonly trigger: string
  readonly target: string | null
  /** Ids of the states; empty for every state. */
  readonly sources: readonly string[]
}

/** What a picture of a chart shows. */
export interface Picture {
  readonly model: ChartModel
  readonly arrows: readonly Arrow[]
  readonly rules: readonly SharedRule[]
  /** Lines of text in each state's box, by state id; the first is its name. */
  readonly boxes: ReadonlyMap<string, readonly string[]>
}

export interface PictureOptions {
  /** A rule of this many states or more is told below the picture. */
  readonly sharedFrom: number
  /** Arrows drawn although their rule is shared: `submitting > open`. */
  readonly drawn: readonly string[]
}

/** Characters in a line of a box. */
const BOX_WIDTH = 28
/** A label longer than this breaks before its guard. */
const LABEL_WIDTH = 18

function triggerOf(model: ChartModel, transition: TransitionModel): string {
  const own = `${model.machine}.`
  const label = transition.label.startsWith(own) ? transition.label.slice(own.length) : transition.label
  return transition.guard === null ? label : `${label} [${transition.guard}]`
}

/** Groups equal rules of different states. */
function groupsOf(model: ChartModel): readonly (readonly TransitionModel[])[] {
  const groups = Map.groupBy(
    model.transitions.filter((transition) => !transition.isForbidden),
    (transition) => JSON.stringify([transition.event, transition.guard, transition.target]),
  )
  return [...groups.values()]
}

/** Breaks words into lines of at most `width` characters. */
export function wrapped(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function boxOf(state: StateModel, stays: readonly string[], refuses: readonly string[]): readonly string[] {
  const said = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : wrapped([title, ...names.map((name, index) => (index < names.length - 1 ? `${name},` : name))], BOX_WIDTH)
  return [
    state.name,
    ...(state.description === null ? [] : wrapped(state.description.split(' '), BOX_WIDTH)),
    ...state.invokes.map((invoke) => `runs ${invoke.src}`),
    ...state.entry.map((action) => `entry / ${action}`),
    ...state.exit.map((action) => `exit / ${action}`),
    ...said('stays on', stays),
    ...said('refuses', refuses),
  ]
}

function eventOf(rule: SharedRule): string {
  return rule.trigger.split(' [')[0] ?? ''
}

function labelOf(trigger: string): readonly string[] {
  const [event = '', guard] = trigger.split(' [')
  return guard === undefined || trigger.length <= LABEL_WIDTH ? [trigger] : [event, `[${guard}`]
}

/** Decides what is an arrow, what a line in a box and what a shared rule. */
export function pictureOf(model: ChartModel, options: PictureOptions): Picture {
  const rules: SharedRule[] = []
  const arrows = new Map<string, string[]>()
  const stays = new Map<string, string[]>()
  const add = (map: Map<string, string[]>, key: string, line: string) => {
    const lines = map.get(key) ?? []
    if (!lines.includes(line)) lines.push(line)
    map.set(key, lines)
  }
  for (const group of groupsOf(model)) {
    const [first] = group
    if (first === undefined) continue
    const trigger = triggerOf(model, first)
    const sources = group.map((transition) => transition.source)
    const isShared = group.length >= options.sharedFrom
    if (isShared && !sources.includes('')) rules.push({ trigger, target: first.target, sources })
    for (const { source, target } of group) {
      if (source === '' && target === null) rules.push({ trigger, target, sources: [] })
      const arrow = `${source === '' ? ANYWHERE : source} > ${target ?? ''}`
      if (target !== null && (source === '' || !isShared || options.drawn.includes(arrow))) add(arrows, arrow, trigger)
      if (target === null && source !== '' && !isShared) add(stays, source, trigger)
    }
  }
  const refuses = (id: string) =>
    model.transitions
      .filter((transition) => transition.isForbidden && transition.source === id)
      .map((transition) => triggerOf(model, transition))
  return {
    model,
    arrows: [...arrows].map(([key, lines]) => {
      const [source = '', target = ''] = key.split(' > ')
      return { source, target, lines: lines.flatMap(labelOf) }
    }),
    rules: rules.toSorted((a, b) => (eventOf(a) < eventOf(b) ? -1 : eventOf(a) > eventOf(b) ? 1 : 0)),
    boxes: new Map([
      ...model.states.map((state) => [state.id, boxOf(state, stays.get(state.id) ?? [], refuses(state.id))] as const),
      [ANYWHERE, ['in every state', ...wrapped(['that', 'does', 'not', 'say', 'otherwise'], BOX_WIDTH)]],
    ]),
  }
}
