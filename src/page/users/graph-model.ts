import type { Role, User, Verdict } from '../api/types.ts'

/** An id in the graph; `other` belongs to another user, or to none. */
export interface GraphNode {
  readonly id: string
  readonly role: Role | 'other'
  readonly isCanonical: boolean
  /** The ids that the node stands for; undefined for a single id. */
  readonly members?: readonly string[]
}

/** A link between two ids, or a refused one; `label` is the event, or the reason for the refusal. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly isRefused: boolean
  /** The link exists, and queries do not see it yet. */
  readonly isPending: boolean
  readonly label: string
  /** How many records asked for the same link. */
  readonly count: number
  /** The rule that made or refused it. */
  readonly rule: string
  /** The time of the latest such record, in ISO 8601. */
  readonly at: string
  /** The live view's item of the record; only for a refused link. */
  readonly item: string | undefined
  /** The event that made the link; undefined for a refused one. */
  readonly insertId: string | undefined
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** The ids of a user, their links and the refused links, as a graph. */
export function graphOf(user: User): Graph {
  const nodes = new Map<string, GraphNode>()
  for (const { id, role } of user.distinct_ids) {
    nodes.set(id, { id, role, isCanonical: id === user.distinct_id })
  }
  const edges = new Map<string, GraphEdge>()
  const link = (edge: Omit<GraphEdge, 'count'>) => {
    const { from, to } = edge
    for (const id of [from, to]) if (!nodes.has(id)) nodes.set(id, { id, role: 'other', isCanonical: false })
    const key = edgeKey(edge)
    edges.set(key, { ...edge, count: (edges.get(key)?.count ?? 0) + 1 })
  }
  for (const { from, to, event, pending, rule, at, insert_id: insertId } of user.merges) {
    link({
      from,
      to,
      label: event,
      isRefused: false,
      isPending: pending !== undefined,
      rule,
      at,
      item: undefined,
      insertId,
    })
  }
  for (const verdict of user.refused) {
    const [from, to] = verdict.between ?? []
    if (from === undefined || to === undefined) continue
    const { id, rule, received_at: at } = verdict
    link({
      from,
      to,
      label: reasonOf(verdict),
      isRefused: true,
      isPending: false,
      rule,
      at,
      item: `v${id}`,
      insertId: undefined,
    })
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

/** Short reasons for refusals. */
const REASONS: Readonly<Record<string, string>> = {
  'identity.identify_noop': '$identify ignored',
  'identity.no_event_after_identify': 'no event with both ids',
  'identity.alias_noop_simplified': '$create_alias ignored',
  'identity.merge_not_on_track': '$merge not accepted',
  'identity.verb_rejected_simplified': 'import rejected',
  'identity.device_already_assigned': 'device of another user',
  'identity.dual_id_inert': 'event with both ids ignored',
  'identity.anon_not_guid': 'not a UUID',
  'identity.anon_already_identified': 'id of another user',
  'identity.cluster_full': 'too many ids',
  'identity.alias_exists': 'alias of another user',
  'identity.alias_ignored_legacy': 'alias of another user',
}

function reasonOf({ code }: Pick<Verdict, 'code'>): string {
  return REASONS[code] ?? code
}

/** The same for links of the same kind, with the same label, between the same ids. */
export function edgeKey({ from, to, label, isRefused, isPending }: Omit<GraphEdge, 'count'>): string {
  return JSON.stringify([isRefused, isPending, label, ...[from, to].toSorted()])
}
