import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { User } from '../api/types.ts'
import { counted, countText } from '../ui/time.ts'
import { GraphChoice } from './graph-choice.tsx'
import { centre, type Frame, fitInto, type Size, visibleBox, zoom } from './graph-frame.ts'
import { groupAlike } from './graph-groups.ts'
import type { Box } from './graph-labels.ts'
import { type Places, placeNodes } from './graph-layout.ts'
import { type Graph, type GraphNode, graphOf } from './graph-model.ts'
import { Picture } from './graph-picture.tsx'
import { GraphTools } from './graph-tools.tsx'
import { ROLE_NAMES } from './roles.ts'
import { useGestures } from './use-gestures.ts'

const FEW = 4
const HEIGHT_OF_FEW_PX = 260
const HEIGHT_PX = 380
const HEIGHT_OF_MANY_PX = 560
const MANY = 40
/** The minimum scale at which a found id is shown, so that its label has room. */
const READABLE = 1.5

/** The height of the picture, in px. */
function heightOf({ nodes }: Graph): number {
  if (nodes.length > MANY) return HEIGHT_OF_MANY_PX
  return nodes.length > FEW ? HEIGHT_PX : HEIGHT_OF_FEW_PX
}

/** The ids of a user as a picture that can be moved, zoomed and searched; the tables next to it contain the same. */
export function IdentityGraph({ user, token }: { readonly user: User; readonly token: string }) {
  const whole = useMemo(() => graphOf(user), [user])
  const search = useSignal('')
  const chosen = useSignal<string | undefined>(undefined)
  const found = useFound(whole, search)
  const { graph, groups, open, closeAll } = useGroups(whole, found, chosen.value)
  const box = useRef<HTMLDivElement>(null)
  const size = useSize(box, heightOf(graph))
  const places = usePlaces(graph, size)
  const { frame, border, change, showAll } = useFrame(places, size)
  const choose = (id: string | undefined) => {
    const group = groups.find((node) => node.id === id)
    if (group === undefined) chosen.value = id
    else open([group])
  }
  const show = (id: string) => {
    const place = places.get(id)
    choose(id)
    if (place !== undefined) change((view) => centre(view, place, size, READABLE))
  }
  const foundNodes = useFoundNodes(graph, found)
  return (
    <figure class="graph">
      <GraphTools
        search={search}
        found={found}
        chosen={chosen.value}
        groups={groups}
        onOpen={() => open(groups)}
        onClose={closeAll}
        onChoose={show}
        onZoom={(by) => change((view) => zoom(view, by, { x: size.width / 2, y: size.height / 2 }))}
        onFit={showAll}
      />
      <div ref={box} style={{ height: `${size.height}px` }}>
        {frame !== undefined && (
          <Canvas
            {...{ graph, places, frame, border, size, change, choose }}
            found={foundNodes}
            chosen={chosen.value}
            words={describe(whole)}
          />
        )}
      </div>
      {chosen.value !== undefined && (
        <GraphChoice
          user={user}
          graph={whole}
          id={chosen.value}
          token={token}
          onClose={() => choose(undefined)}
        />
      )}
      <Legend graph={whole} />
    </figure>
  )
}

/** Found ids that are shown apart from their group. */
const MAX_APART = 20

/** The graph with ids that are alike in groups, except those in open groups and those that are looked for. */
function useGroups(whole: Graph, found: ReadonlySet<string> | undefined, chosen: string | undefined) {
  const opened = useSignal<ReadonlySet<string>>(new Set())
  const closed = useMemo(() => groupAlike(whole, opened.value), [whole, opened.value])
  const groups = closed.nodes.filter(({ members }) => members !== undefined)
  const grouped = new Set(groups.flatMap(({ members = [] }) => members))
  const looked = chosen === undefined ? [] : [chosen]
  const wanted = found === undefined || found.size > MAX_APART ? looked : [...found, ...looked]
  const apart = wanted.filter((id) => grouped.has(id))
  // By value, so that choosing an id that is shown anyway does not move the picture.
  const graph = useMemo(
    () => (apart.length === 0 ? closed : groupAlike(whole, opened.value, new Set(apart))),
    [closed, apart.join('\n')],
  )
  const open = (nodes: readonly GraphNode[]) => {
    opened.value = new Set([...opened.value, ...nodes.map(({ id }) => id)])
  }
  const closeAll =
    opened.value.size === 0
      ? undefined
      : () => {
          opened.value = new Set()
        }
  return { graph, groups, open, closeAll }
}

/** The nodes of ids that match the search; a group matches if one of its ids does. */
function useFoundNodes(
  graph: Graph,
  found: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  return useMemo(() => {
    if (found === undefined) return undefined
    const matching = graph.nodes.filter(({ id, members = [id] }) =>
      members.some((member) => found.has(member)),
    )
    return new Set(matching.map(({ id }) => id))
  }, [graph, found])
}

type Change = (to: (frame: Frame) => Frame) => void

interface CanvasProps {
  readonly graph: Graph
  readonly places: Places
  readonly frame: Frame
  readonly border: Box | undefined
  readonly size: Size
  readonly found: ReadonlySet<string> | undefined
  readonly chosen: string | undefined
  /** What the picture shows, in words. */
  readonly words: string
  readonly change: Change
  readonly choose: (id: string) => void
}

/** The picture with its pointer and keyboard handling. */
function Canvas({ size, change, choose, words, ...shown }: CanvasProps) {
  const pointed = useSignal<string | undefined>(undefined)
  const point = (id: string | undefined) => {
    pointed.value = id
  }
  const svg = useGestures({ change, point, choose })
  const { width, height } = size
  return (
    <svg ref={svg} width={width} height={height} role="group" tabindex={0} aria-label={words}>
      <Picture {...shown} pointed={pointed.value} />
    </svg>
  )
}

/** The transformation of the picture: everything is visible until the user moves it; undefined before it has a size. */
function useFrame(places: Places, size: Size) {
  const moved = useSignal<Frame | undefined>(undefined)
  const frame = useMemo(
    () => moved.value ?? (places.size === 0 ? undefined : fitInto(places, size)),
    [moved.value, places, size],
  )
  const change: Change = (to) => {
    if (frame !== undefined) moved.value = to(frame)
  }
  const showAll = () => {
    moved.value = undefined
  }
  // While everything is visible, each label is too.
  const border = useMemo(
    () => (moved.value !== undefined || frame === undefined ? undefined : visibleBox(frame, size)),
    [moved.value === undefined, frame, size],
  )
  return { frame, border, change, showAll }
}

/** The size of the picture: the available width, and the given height. */
function useSize(box: { readonly current: HTMLElement | null }, height: number): Size {
  const width = useSignal(0)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const observer = new ResizeObserver(() => {
      width.value = element.clientWidth
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return useMemo(() => ({ width: width.value, height }), [width.value, height])
}

function usePlaces(graph: Graph, size: Size): Places {
  const before = useRef<Places>(new Map())
  return useMemo(() => {
    if (size.width === 0) return before.current
    before.current = placeNodes(graph, size.width / size.height, before.current)
    return before.current
  }, [graph, size.width === 0])
}

/** The ids that match the search; undefined without one. */
function useFound(graph: Graph, search: Signal<string>): ReadonlySet<string> | undefined {
  const text = search.value.trim().toLowerCase()
  return useMemo(() => {
    if (text === '') return undefined
    const ids = graph.nodes.map(({ id }) => id)
    return new Set(ids.filter((id) => id.toLowerCase().includes(text)))
  }, [graph, text])
}

function describe({ nodes, edges }: Graph): string {
  const refused = edges.filter((edge) => edge.isRefused).length
  const pending = edges.filter((edge) => edge.isPending).length
  const counts = [
    counted(nodes.length, 'id'),
    counted(edges.length - refused, 'link'),
    `${countText(refused)} refused`,
    ...(pending > 0 ? [`${countText(pending)} pending`] : []),
  ]
  return `Graph of the identities: ${counts.join(', ')}. The tables below hold the same.`
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
    </figcaption>
  )
}
