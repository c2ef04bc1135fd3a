import { useMemo } from 'preact/hooks'
import { countText } from '../ui/time.ts'
import type { Frame } from './graph-frame.ts'
import { nameOfNode, titleOfNode } from './graph-groups.ts'
import {
  type Box,
  LABEL_HEIGHT_PX,
  type Label,
  placeLabels,
  type Wanted,
  widthOfLabel,
} from './graph-labels.ts'
import type { Place, Places } from './graph-layout.ts'
import type { Graph, GraphEdge, GraphNode } from './graph-model.ts'

interface ContentProps {
  readonly graph: Graph
  readonly places: Places
  readonly scale: number
  /** The border that labels must not cross; undefined if the frame may cut them. */
  readonly border: Box | undefined
  /** The id under the pointer. */
  readonly pointed: string | undefined
  readonly chosen: string | undefined
  /** The ids that match the search; undefined without one. */
  readonly found: ReadonlySet<string> | undefined
}

/** Where an edge's label may be: in the middle, then closer to one end. */
const SPOTS_ON_EDGE = [0.5, 0.62, 0.38, 0.72, 0.28]

/** The radius of a dot, in px: of a single id, of the canonical one, of a group. */
const DOT_PX = 6
const CANONICAL_PX = 10
const GROUP_PX = 12
/** The space between a dot and the label of it, in px; of an important label, if there is no room nearer. */
const NAME_GAPS_PX = [3]
const FAR_NAME_GAPS_PX = [3, 14, 28, 44]

/** With more links than this, only those of the pointed or chosen id are labelled. */
const MAX_LABELLED = 60

interface PictureProps extends Omit<ContentProps, 'scale'> {
  readonly frame: Frame
}

/** The lines, the dots, and as many labels as fit without covering a dot. Moving the picture does not render it again. */
export function Picture({ frame, ...shown }: PictureProps) {
  const { scale, x, y } = frame
  const content = useMemo(() => <Content {...shown} scale={scale} />, [scale, ...Object.values(shown)])
  return <g transform={`translate(${x} ${y})`}>{content}</g>
}

function Content(props: ContentProps) {
  const { graph, places, scale, chosen, found } = props
  const at = new Map([...places].map(([id, { x, y }]) => [id, { x: x * scale, y: y * scale }]))
  const nodes = graph.nodes.filter(({ id }) => at.has(id))
  const edges = graph.edges.filter(({ from, to }) => at.has(from) && at.has(to))
  const { names, reasons } = findRoom(nodes, edges, at, props)
  const isDim = (...ids: readonly string[]) => found !== undefined && !ids.some((id) => found.has(id))
  return (
    <>
      {edges.map((edge) => (
        <Line key={keyOf(edge)} edge={edge} at={at} isDim={isDim(edge.from, edge.to)} />
      ))}
      {nodes.map((node) => (
        <Dot
          key={node.id}
          node={node}
          place={at.get(node.id)}
          isChosen={node.id === chosen}
          isDim={isDim(node.id)}
        />
      ))}
      {edges.map((edge) => (
        <Words key={keyOf(edge)} label={reasons.get(keyOf(edge))} kind={classOf(edge)} />
      ))}
      {nodes.map(({ id }) => (
        <Words key={id} label={names.get(id)} kind={id === chosen ? 'name is-chosen' : 'name'} />
      ))}
    </>
  )
}

interface Rooms {
  readonly names: ReadonlyMap<string, Label>
  readonly reasons: ReadonlyMap<string, Label>
}

/** Places labels: of what is pointed at or chosen first, then of refused links, then of the rest. */
function findRoom(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  at: Places,
  { border, pointed, chosen, found }: ContentProps,
): Rooms {
  const isLookedAt = (id: string) => id === pointed || id === chosen
  // Hundreds of links all have the same event, and their labels would displace those of the ids.
  const isLabelled = ({ isRefused, from, to }: GraphEdge) =>
    isRefused || edges.length <= MAX_LABELLED || [from, to].some((id) => isLookedAt(id) && id !== canonical)
  const canonical = nodes.find((node) => node.isCanonical)?.id
  const isNamed = ({ id, isCanonical }: GraphNode) =>
    found === undefined || found.has(id) || isCanonical || isLookedAt(id)
  const weight = (id: string, isCanonical = false) =>
    isLookedAt(id) ? 0 : found?.has(id) === true ? 1 : isCanonical ? 2 : 4
  const wanted = [
    ...nodes.filter(isNamed).map((node) => ({
      weight: weight(node.id, node.isCanonical),
      label: nameOf(node, at, isLookedAt(node.id) || node.isCanonical ? FAR_NAME_GAPS_PX : NAME_GAPS_PX),
    })),
    ...edges.filter(isLabelled).map((edge) => ({
      weight: Math.min(weight(edge.from), weight(edge.to)) === 0 ? 1 : edge.isRefused ? 3 : 5,
      label: reasonOf(edge, at),
    })),
  ].toSorted((a, b) => a.weight - b.weight)
  const labels = placeLabels(
    wanted.map(({ label }) => label),
    nodes.map((node) => ({ ...placeOf(node.id, at), radius: radiusOf(node) })),
    border,
  )
  const byKey = (prefix: string) =>
    new Map(
      labels.flatMap((label) =>
        label.key.startsWith(prefix) ? [[label.key.slice(prefix.length), label]] : [],
      ),
    )
  return { names: byKey(NAME), reasons: byKey(REASON) }
}

const NAME = 'name '
const REASON = 'reason '

function nameOf(node: GraphNode, at: Places, gaps: readonly number[]): Wanted {
  const { x, y } = placeOf(node.id, at)
  const text = nameOfNode(node)
  const half = { x: widthOfLabel(text) / 2, y: LABEL_HEIGHT_PX / 2 }
  const spots = gaps.flatMap((gap) => {
    const reach = radiusOf(node) + gap
    const [aside, apart] = [reach + half.x, reach + half.y]
    return [
      { x, y: y + apart },
      { x, y: y - apart },
      { x: x + aside, y },
      { x: x - aside, y },
      { x: x + half.x, y: y + apart },
      { x: x - half.x, y: y + apart },
      { x: x + half.x, y: y - apart },
      { x: x - half.x, y: y - apart },
    ]
  })
  return { key: `${NAME}${node.id}`, text, spots }
}

function reasonOf(edge: GraphEdge, at: Places): Wanted {
  const from = placeOf(edge.from, at)
  const to = placeOf(edge.to, at)
  const spots = SPOTS_ON_EDGE.map((part) => ({
    x: from.x + (to.x - from.x) * part,
    y: from.y + (to.y - from.y) * part,
  }))
  return { key: `${REASON}${keyOf(edge)}`, text: labelOf(edge), spots }
}

function placeOf(id: string, at: Places): Place {
  return at.get(id) ?? { x: 0, y: 0 }
}

function radiusOf({ isCanonical, members }: GraphNode): number {
  return isCanonical ? CANONICAL_PX : members === undefined ? DOT_PX : GROUP_PX
}

function Line({
  edge,
  at,
  isDim,
}: {
  readonly edge: GraphEdge
  readonly at: Places
  readonly isDim: boolean
}) {
  const [from, to] = [at.get(edge.from), at.get(edge.to)]
  if (from === undefined || to === undefined) return null
  return (
    <line class={`${classOf(edge)}${isDim ? ' is-dim' : ''}`} x1={from.x} y1={from.y} x2={to.x} y2={to.y}>
      <title>{`${edge.from} – ${edge.to}: ${labelOf(edge)}`}</title>
    </line>
  )
}

interface DotProps {
  readonly node: GraphNode
  readonly place: Place | undefined
  readonly isChosen: boolean
  readonly isDim: boolean
}

function Dot({ node, place, isChosen, isDim }: DotProps) {
  const { id, role, members } = node
  if (place === undefined) return null
  const kind = `${members === undefined ? '' : ' is-group'}${isDim ? ' is-dim' : ''}${isChosen ? ' is-chosen' : ''}`
  return (
    <g class={`node role-${role}${kind}`} data-id={id}>
      {/* A finger is wider than a dot. */}
      <circle class="reach" cx={place.x} cy={place.y} r={14} />
      <circle cx={place.x} cy={place.y} r={radiusOf(node)}>
        <title>{titleOfNode(node)}</title>
      </circle>
    </g>
  )
}

function Words({ label, kind }: { readonly label: Label | undefined; readonly kind: string }) {
  if (label === undefined) return null
  const { x, y, width, height } = label
  return (
    <g class="label">
      <rect x={x - width / 2} y={y - height / 2} width={width} height={height} rx={3} />
      <text class={kind} x={x} y={y}>
        {label.text}
      </text>
    </g>
  )
}

function classOf({ isRefused, isPending }: GraphEdge): string {
  return `edge${isRefused ? ' is-refused' : ''}${isPending ? ' is-pending' : ''}`
}

function keyOf(edge: GraphEdge): string {
  return `${classOf(edge)}|${edge.label}|${edge.from}|${edge.to}`
}

/** The event or the reason of a link, how many records asked for it, and whether it is pending. */
export function labelOf({ label, count, isPending }: GraphEdge): string {
  return `${label}${count > 1 ? ` ×${countText(count)}` : ''}${isPending ? ', pending' : ''}`
}
