import { useMemo } from 'preact/hooks'
import { countText } from '../ui/time.ts'
import type { Frame } from './graph-frame.ts'
import { type Box, type Label, placeLabels, type Wanted } from './graph-labels.ts'
import type { Place, Places } from './graph-layout.ts'
import type { Graph, GraphEdge, GraphNode } from './graph-model.ts'
import { ROLE_NAMES } from './roles.ts'

interface ContentProps {
  readonly graph: Graph
  readonly places: Places
  readonly scale: number
  /** What labels stay within; undefined where they may be cut by the frame. */
  readonly border: Box | undefined
  /** The id that the pointer is on. */
  readonly pointed: string | undefined
  readonly chosen: string | undefined
  /** What is searched for; undefined where nothing is. */
  readonly found: ReadonlySet<string> | undefined
}

/** Where the parts of an edge's label may stand: in the middle, then nearer to one end. */
const SPOTS_ON_EDGE = [0.5, 0.62, 0.38, 0.72, 0.28]

/** Where there are more links, the event is told of those only that are looked at. */
const MAX_LABELLED = 60

interface PictureProps extends Omit<ContentProps, 'scale'> {
  readonly frame: Frame
}

/** The lines, the dots and as many labels as there is room for. To move it is not to draw it again. */
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

/** Gives room to what is looked at first, then to what is refused, then to the rest. */
function findRoom(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  at: Places,
  { border, pointed, chosen, found }: ContentProps,
): Rooms {
  const isLookedAt = (id: string) => id === pointed || id === chosen
  // The events of hundreds of links are all the same, and stand in the way of the ids.
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
      own: { ...nameOf(node, at), isForced: isLookedAt(node.id) || node.isCanonical },
    })),
    ...edges.filter(isLabelled).map((edge) => ({
      weight: Math.min(weight(edge.from), weight(edge.to)) === 0 ? 1 : edge.isRefused ? 3 : 5,
      own: reasonOf(edge, at),
    })),
  ].toSorted((a, b) => a.weight - b.weight)
  const labels = placeLabels(
    wanted.map(({ own }) => own),
    [...at.values()],
    border,
  )
  const byKey = (prefix: string) =>
    new Map(
      labels.flatMap((own) => (own.key.startsWith(prefix) ? [[own.key.slice(prefix.length), own]] : [])),
    )
  return { names: byKey(NAME), reasons: byKey(REASON) }
}

const NAME = 'name '
const REASON = 'reason '

function nameOf({ id, isCanonical }: GraphNode, at: Places): Wanted {
  const { x, y } = at.get(id) ?? { x: 0, y: 0 }
  const radius = isCanonical ? 10 : 6
  const side = Math.min(26, [...id].length) * 3.4 + radius + 4
  const spots = [
    { x, y: y + radius + 14 },
    { x, y: y - radius - 6 },
    { x: x + side, y: y + 4 },
    { x: x - side, y: y + 4 },
  ]
  return { key: `${NAME}${id}`, text: id, spots }
}

function reasonOf(edge: GraphEdge, at: Places): Wanted {
  const from = at.get(edge.from) ?? { x: 0, y: 0 }
  const to = at.get(edge.to) ?? { x: 0, y: 0 }
  const spots = SPOTS_ON_EDGE.map((part) => ({
    x: from.x + (to.x - from.x) * part,
    y: from.y + (to.y - from.y) * part + 4,
  }))
  return { key: `${REASON}${keyOf(edge)}`, text: labelOf(edge), spots }
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
  const { id, role, isCanonical } = node
  if (place === undefined) return null
  return (
    <g class={`node role-${role}${isDim ? ' is-dim' : ''}${isChosen ? ' is-chosen' : ''}`} data-id={id}>
      {/* A finger is wider than a dot. */}
      <circle class="reach" cx={place.x} cy={place.y} r={14} />
      <circle cx={place.x} cy={place.y} r={isCanonical ? 10 : 6}>
        <title>{`${id} (${ROLE_NAMES[role]})`}</title>
      </circle>
    </g>
  )
}

function Words({ label, kind }: { readonly label: Label | undefined; readonly kind: string }) {
  if (label === undefined) return null
  return (
    <text class={kind} x={label.x} y={label.y}>
      {label.text}
    </text>
  )
}

function classOf({ isRefused, isPending }: GraphEdge): string {
  return `edge${isRefused ? ' is-refused' : ''}${isPending ? ' is-pending' : ''}`
}

function keyOf(edge: GraphEdge): string {
  return `${classOf(edge)}|${edge.label}|${edge.from}|${edge.to}`
}

/** The event or the reason of a link, how often it was said, and whether it is pending. */
export function labelOf({ label, count, isPending }: GraphEdge): string {
  return `${label}${count > 1 ? ` ×${countText(count)}` : ''}${isPending ? ', pending' : ''}`
}
