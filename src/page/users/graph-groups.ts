import { countText } from '../ui/time.ts'
import { edgeKey, type Graph, type GraphEdge, type GraphNode } from './graph-model.ts'
import { ROLE_NAMES } from './roles.ts'

/** The minimum number of ids that are shown as one node. */
const MANY = 9

/** No id begins with it, so that no group is named like an id. */
const GROUP = '\u0000'

/** The plural of a role. */
const ROLES: Readonly<Record<GraphNode['role'], string>> = {
  user: 'users',
  device: 'devices',
  identified: 'identified ids',
  anonymous: 'anonymous ids',
  alias: 'aliases',
  id: 'ids',
  other: 'ids of others',
}

/**
 * The graph with one node for ids that have the same role and the same links, such as the devices of a user. In: groups
 * that are open, and ids that stay nodes of their own.
 */
export function groupAlike(
  graph: Graph,
  open: ReadonlySet<string> = new Set(),
  shown: ReadonlySet<string> = new Set(),
): Graph {
  const ties = tiesOf(graph)
  const alike = new Map<string, GraphNode[]>()
  for (const node of graph.nodes) {
    const key = GROUP + JSON.stringify([node.role, ...(ties.get(node.id) ?? []).toSorted()])
    if (node.isCanonical || open.has(key) || shown.has(node.id)) continue
    const nodes = alike.get(key) ?? []
    nodes.push(node)
    alike.set(key, nodes)
  }
  const groupOf = new Map<string, GraphNode>()
  for (const [key, nodes] of alike) {
    const [first] = nodes
    if (first === undefined || nodes.length < MANY) continue
    const members = nodes.map(({ id }) => id)
    const group = { id: key, role: first.role, isCanonical: false, members }
    for (const id of members) groupOf.set(id, group)
  }
  const single = graph.nodes.filter(({ id }) => !groupOf.has(id))
  return { nodes: [...single, ...new Set(groupOf.values())], edges: joinEdges(graph.edges, groupOf) }
}

/** Of each id, its links: how, and with which id. */
function tiesOf({ edges }: Graph): ReadonlyMap<string, readonly string[]> {
  const ties = new Map<string, string[]>()
  const tie = (id: string, edge: GraphEdge, other: string) => {
    const all = ties.get(id) ?? []
    all.push(JSON.stringify([edge.isRefused, edge.isPending, edge.label, other]))
    ties.set(id, all)
  }
  for (const edge of edges) {
    tie(edge.from, edge, edge.to)
    tie(edge.to, edge, edge.from)
  }
  return ties
}

/** The links between the nodes that are shown; those of a group count as one. */
function joinEdges(
  edges: readonly GraphEdge[],
  groupOf: ReadonlyMap<string, GraphNode>,
): readonly GraphEdge[] {
  const joined = new Map<string, GraphEdge>()
  for (const edge of edges) {
    const from = groupOf.get(edge.from)?.id ?? edge.from
    const to = groupOf.get(edge.to)?.id ?? edge.to
    const shown = { ...edge, from, to }
    const key = edgeKey(shown)
    joined.set(key, { ...shown, count: edge.count + (joined.get(key)?.count ?? 0) })
  }
  return [...joined.values()]
}

/** The label of a node: the id, or what a group consists of. */
export function nameOfNode({ id, role, members }: GraphNode): string {
  return members === undefined ? id : `${countText(members.length)} ${ROLES[role]}`
}

/** What the tooltip of a node says. */
export function titleOfNode(node: GraphNode): string {
  const { members, role } = node
  return members === undefined ? `${node.id} (${ROLE_NAMES[role]})` : `${nameOfNode(node)}: show each`
}
