import type { Layout, PlacedArrow, PlacedState } from './layout'
import type { StateModel } from './model'
import { ANYWHERE, CHARACTER_WIDTH, LINE_HEIGHT, type Picture, type SharedRule, wrapped } from './picture'

/** Colours of a state by its tags; the first that matches. Dark text on each has a contrast above 7. */
const LOOKS = [
  { tags: ['failed'], fill: '#fde3e1', line: '#b3261e', words: 'failed' },
  { tags: ['held', 'holding'], fill: '#fdf0cf', line: '#9a6700', words: 'held' },
  { tags: ['trading', 'tradable', 'working'], fill: '#dff5e3', line: '#1a7f37', words: 'trading, tradable or working' },
  { tags: ['inFlight', 'unknown', 'running', 'connected'], fill: '#e0ecfb', line: '#0b5cad', words: 'awaiting something' },
  { tags: ['terminal', 'ended', 'over'], fill: '#ebecef', line: '#57606a', words: 'over' },
] as const
const PLAIN = { fill: '#ffffff', line: '#3d444d' } as const

/** Around the picture, px. */
export const MARGIN = 16
const HEADER = 64

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function text(x: number, y: number, words: string, style = ''): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}"${style}>${escaped(words)}</text>`
}

function lookOf(state: StateModel): { readonly fill: string; readonly line: string } {
  return LOOKS.find((look) => look.tags.some((tag) => state.tags.includes(tag))) ?? PLAIN
}

function stateShape(state: StateModel, lines: readonly string[], at: PlacedState): string {
  const look = lookOf(state)
  const isCompound = state.kind === 'compound'
  const box = (inset: number) =>
    `<rect x="${rounded(at.x + inset)}" y="${rounded(at.y + inset)}" width="${rounded(at.width - 2 * inset)}" height="${rounded(at.height - 2 * inset)}" rx="8" fill="${isCompound ? '#ffffff' : look.fill}" stroke="${look.line}" stroke-width="1.3"/>`
  return ['<g>', box(0), ...(state.kind === 'final' ? [box(3)] : []), ...(isCompound ? [] : wordsOf(lines, at, '')), '</g>'].join('\n')
}

function wordsOf(lines: readonly string[], at: PlacedState, look: string): readonly string[] {
  return lines.map((line, index) =>
    text(at.x + 10, at.y + 22 + index * LINE_HEIGHT, line, ` class="${index === 0 ? 'name' : 'detail'}${look}"`),
  )
}

function anywhereShape(lines: readonly string[], at: PlacedState): string {
  const box = `<rect x="${rounded(at.x)}" y="${rounded(at.y)}" width="${rounded(at.width)}" height="${rounded(at.height)}" rx="8" class="anywhere"/>`
  return [
    '<g>',
    box,
    ...lines.map((line, index) => text(at.x + 10, at.y + 22 + index * LINE_HEIGHT, line, ' class="detail"')),
    '</g>',
  ].join('\n')
}

/** A line with rounded corners. */
function pathOf(points: PlacedArrow['points']): string {
  const [first, ...others] = points
  if (first === undefined) return ''
  const parts = [`M${rounded(first.x)} ${rounded(first.y)}`]
  others.forEach((point, index) => {
    const before = points[index] ?? first
    const after = points[index + 2]
    if (after === undefined) {
      parts.push(`L${rounded(point.x)} ${rounded(point.y)}`)
      return
    }
    const radius = Math.min(6, distance(before, point) / 2, distance(point, after) / 2)
    const [start, end] = [towards(point, before, radius), towards(point, after, radius)]
    parts.push(`L${rounded(start.x)} ${rounded(start.y)}Q${rounded(point.x)} ${rounded(point.y)} ${rounded(end.x)} ${rounded(end.y)}`)
  })
  return parts.join('')
}

type Point = { readonly x: number; readonly y: number }

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to)
  return whole === 0 ? from : { x: from.x + ((to.x - from.x) * length) / whole, y: from.y + ((to.y - from.y) * length) / whole }
}

function arrowShape(arrow: PlacedArrow): string {
  return `<path d="${pathOf(arrow.points)}" class="arrow${arrow.isFromAnywhere ? ' far' : ''}" marker-end="url(#tip)"/>`
}

function labelShape({ label }: PlacedArrow): string {
  if (label === null) return ''
  const middle = label.x + label.width / 2
  return [
    `<rect x="${rounded(label.x)}" y="${rounded(label.y)}" width="${rounded(label.width)}" height="${rounded(label.height)}" fill="#ffffff" fill-opacity="0.92"/>`,
    ...label.lines.map((line, index) => text(middle, label.y + 12 + index * LINE_HEIGHT, line, ' class="label"')),
  ].join('\n')
}

function ruleLines(rule: SharedRule, width: number): readonly string[] {
  const from =
    rule.sources.length === 0
      ? ['every', 'state', 'that', 'does', 'not', 'say', 'otherwise']
      : rule.sources.map((id, index) => id + (index < rule.sources.length - 1 ? ',' : ''))
  const outcome = rule.target === null ? 'the state stays' : `→ ${rule.target}`
  const head = `${rule.trigger}  ${outcome}`
  return wrapped([head.padEnd(58), 'in', ...from], width).map((line, index) => (index === 0 ? line : `${' '.repeat(62)}${line}`))
}

function legendShapes(picture: Picture, y: number): readonly string[] {
  const shown = LOOKS.filter((look) => picture.model.states.some((state) => state.kind !== 'compound' && lookOf(state) === look))
  let x = MARGIN
  return shown.map((look) => {
    const shape = `<rect x="${rounded(x)}" y="${rounded(y - 10)}" width="14" height="12" rx="3" fill="${look.fill}" stroke="${look.line}"/>${text(x + 20, y, look.words, ' class="detail"')}`
    x += 20 + look.words.length * CHARACTER_WIDTH + 24
    return shape
  })
}

const STYLE = `
text { font: 11px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1f2328; }
.title { font: bold 18px system-ui, 'DejaVu Sans', sans-serif; }
.subtitle { font: 13px system-ui, 'DejaVu Sans', sans-serif; fill: #3d444d; }
.name { font-weight: bold; font-size: 12px; }
.detail { fill: #3d444d; }
.label { text-anchor: middle; fill: #0b3d78; }
.arrow { fill: none; stroke: #57606a; stroke-width: 1.2; }
.head { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
.far { stroke-dasharray: 5 4; }
.anywhere { fill: #ffffff; stroke: #57606a; stroke-dasharray: 5 4; }
.dot { fill: #1f2328; }`

/** Returns the picture as a self-contained SVG of at least `widthMin` px. */
export function svgOf(picture: Picture, layout: Layout, widthMin: number): string {
  const { model } = picture
  const width = Math.max(widthMin, layout.width + 2 * MARGIN)
  const columns = Math.floor((width - 2 * MARGIN) / CHARACTER_WIDTH)
  const notes = [
    `Names without a prefix are ${model.machine}.*; [guard] must hold; of several rules for one event the first that holds is taken.`,
    '',
    ...(picture.rules.length === 0
      ? []
      : ['Rules shared by several states:', ...picture.rules.flatMap((rule) => ruleLines(rule, columns - 62 + 58))]),
  ]
  const notesY = HEADER + layout.height + 40
  const height = notesY + notes.length * LINE_HEIGHT + MARGIN
  const shift = Math.max(MARGIN, (width - layout.width) / 2)
  const byId = new Map(model.states.map((state) => [state.id, state]))
  const states = layout.states.flatMap((at) => {
    const state = byId.get(at.id)
    const lines = picture.boxes.get(at.id) ?? []
    if (at.id === ANYWHERE) return [anywhereShape(lines, at)]
    return state === undefined ? [] : [stateShape(state, lines, at)]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">The ${escaped(model.machine)} chart</title>`,
    `<desc id="desc">${escaped(`${model.description ?? ''}. States: ${model.states.map((state) => state.id).join(', ')}. It begins in ${model.initial}.`)}</desc>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#57606a"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN, 32, model.machine, ' class="title"'),
    text(MARGIN, 52, model.description ?? '', ' class="subtitle"'),
    `<g transform="translate(${rounded(shift)} ${HEADER})">`,
    ...states,
    ...layout.dots.map((dot) => `<circle cx="${rounded(dot.x)}" cy="${rounded(dot.y)}" r="5" class="dot"/>`),
    ...layout.arrows.map(arrowShape),
    ...layout.arrows.map(labelShape),
    // Over the arrows that cross into a state that holds others.
    ...layout.states
      .filter((at) => byId.get(at.id)?.kind === 'compound')
      .flatMap((at) => wordsOf(picture.boxes.get(at.id) ?? [], at, ' head')),
    '</g>',
    ...legendShapes(picture, notesY - 12),
    ...notes.map((line, index) =>
      line === ''
        ? ''
        : `<text x="${MARGIN}" y="${notesY + 10 + index * LINE_HEIGHT}" class="detail" xml:space="preserve">${escaped(line)}</text>`,
    ),
    '</svg>',
    '',
  ]
    .filter((line, index, lines) => line !== '' || index === lines.length - 1)
    .join('\n')
}
