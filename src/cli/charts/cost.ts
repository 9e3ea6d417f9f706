import type { Layout, PlacedArrow, Rectangle } from './layout'

interface Segment {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

function segmentsOf(arrow: PlacedArrow): readonly Segment[] {
  return arrow.points.slice(1).map((point, index) => {
    const before = arrow.points[index] ?? point
    return {
      left: Math.min(before.x, point.x),
      right: Math.max(before.x, point.x),
      top: Math.min(before.y, point.y),
      bottom: Math.max(before.y, point.y),
    }
  })
}

/** Lines are drawn at right angles, so their hulls meet where they do. */
function meet(a: Segment, b: Segment): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

function crosses(a: Segment, b: Segment): boolean {
  const isLevel = a.top === a.bottom
  if (isLevel === (b.top === b.bottom)) return false
  const [level, upright] = isLevel ? [a, b] : [b, a]
  return level.left < upright.left && upright.left < level.right && upright.top < level.top && level.top < upright.bottom
}

/** A box without its rim, which arrows may touch. */
function inside(box: Segment): Segment {
  return { left: box.left + 2, right: box.right - 2, top: box.top + 2, bottom: box.bottom - 2 }
}

function hullOf(box: Rectangle): Segment {
  return { left: box.x, right: box.x + box.width, top: box.y, bottom: box.y + box.height }
}

/** Count of places where two arrows cross. */
export function crossingsOf(layout: Layout): number {
  const all = layout.arrows.map(segmentsOf)
  let count = 0
  all.forEach((own, index) => {
    for (const other of all.slice(index + 1)) for (const a of own) count += other.filter((b) => crosses(a, b)).length
  })
  return count
}

/** Count of labels that lie over another label, a foreign arrow or a box without children in it, and of arrows through such boxes. */
export function overlapsOf(layout: Layout): number {
  const leaves = layout.states.filter((state) => !layout.states.some((other) => other.id.startsWith(`${state.id}.`))).map(hullOf)
  let count = 0
  layout.arrows.forEach((arrow, index) => {
    for (const segment of segmentsOf(arrow)) count += leaves.filter((leaf) => meet(segment, inside(leaf))).length
    if (arrow.label === null) return
    const hull = hullOf(arrow.label)
    for (const [other, foreign] of layout.arrows.entries()) {
      if (other === index) continue
      if (other > index && foreign.label !== null && meet(hull, hullOf(foreign.label))) count++
      if (segmentsOf(foreign).some((segment) => meet(hull, segment))) count++
    }
    count += leaves.filter((leaf) => meet(hull, leaf)).length
  })
  return count
}

/** How hard a layout is to read: one that does not fit the page is worst, then overlaps, then crossings, then length and size. */
export function costOf(layout: Layout, widthMax: number): number {
  const tooWide = Math.max(0, layout.width - widthMax)
  const length = layout.arrows
    .flatMap(segmentsOf)
    .reduce((total, segment) => total + segment.right - segment.left + segment.bottom - segment.top, 0)
  const bends = layout.arrows.reduce((total, arrow) => total + Math.max(0, arrow.points.length - 2), 0)
  return (
    tooWide * 1_000 +
    overlapsOf(layout) * 3_000 +
    crossingsOf(layout) * 400 +
    bends * 40 +
    length * 0.4 +
    (layout.width * layout.height) / 600
  )
}
