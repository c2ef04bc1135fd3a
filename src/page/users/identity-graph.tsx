import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { User } from '../api/types.ts'
import { linkTo } from '../state/route.ts'
import { countText } from '../ui/time.ts'
import { type Place, placeNodes } from './graph-layout.ts'
import { type Graph, type GraphEdge, type GraphNode, graphOf } from './graph-model.ts'
import { ROLE_NAMES } from './roles.ts'

/** More labels than these cannot be told apart: then only what the pointer is on has one. */
const MAX_LABELLED_NODES = 40
const MAX_LABELLED_EDGES = 14
const LABEL_CHARS = 26
const HEIGHT_PX = 340
const HEIGHT_OF_MANY_PX = 520

type Places = ReadonlyMap<string, Place>

/** The ids of a user as a picture; the tables beside it say the same. */
export function IdentityGraph({ user }: { readonly user: User }) {
  const graph = useMemo(() => graphOf(user), [user])
  const frame = useRef<HTMLElement>(null)
  const width = useSignal(0)
  const pointed = useSignal<string | undefined>(undefined)
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const observer = new ResizeObserver(() => {
      width.value = element.clientWidth
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const height = graph.nodes.length > MAX_LABELLED_NODES ? HEIGHT_OF_MANY_PX : HEIGHT_PX
  const places = useMemo<Places>(
    () => (width.value === 0 ? new Map() : placeNodes(graph, width.value, height)),
    [graph, width.value],
  )
  return (
    <figure class="graph" ref={frame}>
      {places.size > 0 && (
        <svg
          class={graph.edges.length > MAX_LABELLED_NODES ? 'has-many' : ''}
          width={width.value}
          height={height}
          viewBox={`0 0 ${width.value} ${height}`}
          role="group"
          aria-label={describe(graph)}
        >
          <Edges graph={graph} places={places} />
          <Nodes graph={graph} places={places} pointed={pointed} />
          <EdgeLabels graph={graph} places={places} pointed={pointed.value} />
        </svg>
      )}
      <Legend graph={graph} />
    </figure>
  )
}

function describe({ nodes, edges }: Graph): string {
  const refused = edges.filter((edge) => edge.isRefused).length
  const pending = edges.filter((edge) => edge.isPending).length
  const counts = [
    `${countText(nodes.length)} ids`,
    `${countText(edges.length - refused)} links`,
    `${countText(refused)} refused`,
    ...(pending > 0 ? [`${countText(pending)} pending`] : []),
  ]
  return `Graph of the identities: ${counts.join(', ')}. The tables below hold the same.`
}

interface EdgesProps {
  readonly graph: Graph
  readonly places: Places
}

function Edges({ graph, places }: EdgesProps) {
  return (
    <>
      {graph.edges.map((edge) => {
        const [from, to] = [places.get(edge.from), places.get(edge.to)]
        return (
          from &&
          to && (
            <line key={keyOf(edge)} class={classOf(edge)} x1={from.x} y1={from.y} x2={to.x} y2={to.y}>
              <title>{labelOf(edge)}</title>
            </line>
          )
        )
      })}
    </>
  )
}

/** The labels of all edges where they are few, else of those at the id that the pointer is on. */
function EdgeLabels({ graph, places, pointed }: EdgesProps & { readonly pointed: string | undefined }) {
  const isFew = graph.edges.length <= MAX_LABELLED_EDGES
  const touched = graph.edges.filter(({ from, to }) => from === pointed || to === pointed)
  // A user's own id may touch hundreds; then their labels would hide it.
  const labelled = isFew ? graph.edges : touched.length <= MAX_LABELLED_EDGES ? touched : []
  return (
    <>
      {labelled.map((edge) => {
        const [from, to] = [places.get(edge.from), places.get(edge.to)]
        return (
          from &&
          to && (
            <text key={keyOf(edge)} class={classOf(edge)} x={(from.x + to.x) / 2} y={(from.y + to.y) / 2 - 4}>
              {cut(labelOf(edge))}
            </text>
          )
        )
      })}
    </>
  )
}

const classOf = ({ isRefused, isPending }: GraphEdge) =>
  `edge${isRefused ? ' is-refused' : ''}${isPending ? ' is-pending' : ''}`
const keyOf = (edge: GraphEdge) => `${classOf(edge)}|${edge.label}|${edge.from}|${edge.to}`
const labelOf = ({ label, count, isPending }: GraphEdge) =>
  `${label}${count > 1 ? ` ×${countText(count)}` : ''}${isPending ? ', pending' : ''}`

interface NodesProps {
  readonly graph: Graph
  readonly places: Places
  readonly pointed: Signal<string | undefined>
}

function Nodes({ graph, places, pointed }: NodesProps) {
  const isFew = graph.nodes.length <= MAX_LABELLED_NODES
  // What the pointer is on is drawn last, over all others.
  const ordered = graph.nodes.toSorted(
    (a, b) => Number(a.id === pointed.value) - Number(b.id === pointed.value),
  )
  return (
    <>
      {ordered.map((node) => {
        const place = places.get(node.id)
        const hasLabel = isFew || node.isCanonical || node.id === pointed.value
        return place && <Node key={node.id} node={node} place={place} hasLabel={hasLabel} pointed={pointed} />
      })}
    </>
  )
}

interface NodeProps {
  readonly node: GraphNode
  readonly place: Place
  readonly hasLabel: boolean
  readonly pointed: Signal<string | undefined>
}

function Node({ node, place, hasLabel, pointed }: NodeProps) {
  const { id, role, isCanonical } = node
  return (
    <a
      href={linkTo({ view: 'users', item: id })}
      // The tables are for keys; five hundred stops would be in their way.
      tabIndex={-1}
      aria-label={`${id} (${ROLE_NAMES[role]})`}
      class={`node role-${role}`}
      onPointerEnter={() => {
        pointed.value = id
      }}
      onPointerLeave={() => {
        pointed.value = undefined
      }}
    >
      <circle cx={place.x} cy={place.y} r={isCanonical ? 10 : 6}>
        <title>{`${id} (${ROLE_NAMES[role]})`}</title>
      </circle>
      {hasLabel && (
        <text x={place.x} y={place.y + (isCanonical ? 24 : 20)}>
          {cut(id)}
        </text>
      )}
    </a>
  )
}

function Legend({ graph }: { readonly graph: Graph }) {
  const roles = [...new Set(graph.nodes.map((node) => node.role))]
  const hasRefused = graph.edges.some((edge) => edge.isRefused)
  const hasPending = graph.edges.some((edge) => edge.isPending)
  return (
    <figcaption class="legend hint">
      {roles.map((role) => (
        <span key={role}>
          <svg class={`node role-${role}`} width="12" height="12" aria-hidden="true">
            <circle cx="6" cy="6" r="5" />
          </svg>
          {ROLE_NAMES[role]}
        </span>
      ))}
      {hasRefused && <span>dashed: refused</span>}
      {hasPending && <span>dotted: pending, queries do not show it yet</span>}
      {graph.nodes.length > MAX_LABELLED_NODES && <span>Point at an id to read it</span>}
    </figcaption>
  )
}

function cut(text: string): string {
  return text.length <= LABEL_CHARS ? text : `${text.slice(0, LABEL_CHARS - 9)}…${text.slice(-8)}`
}
