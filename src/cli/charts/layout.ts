import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js'
import { InvariantError } from '#domain/errors'
import { costOf } from './cost'
import { ANYWHERE, CHARACTER_WIDTH, LINE_HEIGHT, type Picture } from './picture'

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PlacedState extends Rectangle {
  readonly id: string
}

export interface PlacedArrow {
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly label: (Rectangle & { readonly lines: readonly string[] }) | null
  /** True for an arrow that stands for every state. */
  readonly isFromAnywhere: boolean
}

/** Where everything of a picture stands, in px from its own top left. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** Parents before their children. */
  readonly states: readonly PlacedState[]
  /** Centres of the dots that mark where a chart, or a compound state, begins. */
  readonly dots: readonly { readonly x: number; readonly y: number }[]
  readonly arrows: readonly PlacedArrow[]
}

const PADDING = 10
const DOT = 10

const COMMON = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'SPACE_EFFICIENT_LAYER',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.direction': 'DOWN',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.layering.coffmanGraham.layerBound': '3',
  'elk.spacing.nodeNode': '22',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeNode': '14',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
} as const

function widthOf(lines: readonly string[]): number {
  return Math.ceil(Math.max(0, ...lines.map((line) => line.length)) * CHARACTER_WIDTH)
}

function nodeOf(picture: Picture, id: string): ElkNode {
  const lines = picture.boxes.get(id) ?? []
  const children = childrenOf(picture, id)
  // The name is bold and one px larger than the rest.
  const own = { width: widthOf(lines) + 2 * PADDING + 8, height: lines.length * LINE_HEIGHT + 2 * PADDING }
  if (children.length === 0) return { id, ...own }
  return {
    id,
    children,
    layoutOptions: {
      'elk.padding': `[top=${own.height + 6},left=14,bottom=14,right=14]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${own.width}, 40)`,
    },
  }
}

function childrenOf(picture: Picture, parent: string): ElkNode[] {
  const own = picture.model.states.filter((state) => state.parent === parent)
  if (own.length === 0) return []
  const start: ElkNode = { id: `${parent}:start`, width: DOT, height: DOT }
  const anywhere = parent === '' && picture.arrows.some((arrow) => arrow.source === ANYWHERE) ? [nodeOf(picture, ANYWHERE)] : []
  return [start, ...own.map((state) => nodeOf(picture, state.id)), ...anywhere]
}

function edgesOf(picture: Picture): ElkExtendedEdge[] {
  const starts = [{ id: '', initial: picture.model.initial }, ...picture.model.states].flatMap(({ id, initial }) =>
    initial === null ? [] : [{ id: `start ${id}`, sources: [`${id}:start`], targets: [initial] }],
  )
  const arrows = picture.arrows.map((arrow, index) => ({
    id: `arrow ${index}`,
    sources: [arrow.source],
    targets: [arrow.target],
    labels: [
      {
        layoutOptions: { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' },
        text: arrow.lines.join('\n'),
        width: widthOf(arrow.lines) + 8,
        height: arrow.lines.length * LINE_HEIGHT + 2,
      },
    ],
  }))
  return [...starts, ...arrows]
}

function placedOf(node: ElkNode): PlacedState[] {
  const { id, x = 0, y = 0, width = 0, height = 0 } = node
  return [{ id, x, y, width, height }, ...(node.children ?? []).flatMap(placedOf)]
}

function arrowOf(edge: ElkExtendedEdge, picture: Picture): PlacedArrow {
  const [section] = edge.sections ?? []
  const [label] = edge.labels ?? []
  const arrow = picture.arrows[Number(edge.id.replace('arrow ', ''))]
  return {
    isFromAnywhere: arrow?.source === ANYWHERE,
    points: section === undefined ? [] : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint],
    label:
      label === undefined
        ? null
        : { x: label.x ?? 0, y: label.y ?? 0, width: label.width ?? 0, height: label.height ?? 0, lines: (label.text ?? '').split('\n') },
  }
}

/** Ways to lay a chart out; each suits another shape of chart. */
const WAYS: readonly Readonly<Record<string, string>>[] = ['MODEL_ORDER', 'GREEDY'].flatMap((cycles) =>
  ['NETWORK_SIMPLEX', 'COFFMAN_GRAHAM'].flatMap((layering) =>
    ['NETWORK_SIMPLEX', 'LINEAR_SEGMENTS'].map((placement) => ({
      'elk.layered.cycleBreaking.strategy': cycles,
      'elk.layered.layering.strategy': layering,
      'elk.layered.nodePlacement.strategy': placement,
    })),
  ),
)

async function layoutWith(elk: InstanceType<typeof ELK>, picture: Picture, way: Readonly<Record<string, string>>): Promise<Layout> {
  const graph: ElkNode = { id: 'root', layoutOptions: { ...COMMON, ...way }, children: childrenOf(picture, ''), edges: edgesOf(picture) }
  const root: ElkNode = await elk.layout(graph)
  const placed = (root.children ?? []).flatMap(placedOf)
  return {
    width: Math.ceil(root.width ?? 0),
    height: Math.ceil(root.height ?? 0),
    states: placed.filter((state) => !state.id.endsWith(':start')),
    dots: placed.filter((state) => state.id.endsWith(':start')).map(({ x, y }) => ({ x: x + DOT / 2, y: y + DOT / 2 })),
    arrows: (root.edges ?? []).map((edge) => arrowOf(edge, picture)),
  }
}

/**
 * Places a picture in the way that fits the width and is easiest to read, or the narrowest one where none fits.
 * The same picture always gives the same layout.
 */
export async function layoutOf(picture: Picture, widthMax: number): Promise<Layout> {
  const elk = new ELK()
  const layouts: Layout[] = []
  for (const way of WAYS) layouts.push(await layoutWith(elk, picture, way))
  // elkjs takes a main thread without a document for a worker and listens on it; Bun would then never exit.
  globalThis.onmessage = null
  const [best] = layouts.toSorted((a, b) => costOf(a, widthMax) - costOf(b, widthMax))
  if (best === undefined) throw new InvariantError('layoutOf(): there is no way to lay a chart out')
  return best
}
