import type { JsonObject, Role, User, Verdict } from '../api/types.ts'
import { isObject, propertiesOf } from '../live/row.ts'

/** An id in the graph; `other` belongs to another user, or to none. */
export interface GraphNode {
  readonly id: string
  readonly role: Role | 'other'
  readonly isCanonical: boolean
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
    const { from, to, label, isRefused, isPending } = edge
    for (const id of [from, to]) if (!nodes.has(id)) nodes.set(id, { id, role: 'other', isCanonical: false })
    const key = JSON.stringify([isRefused, isPending, label, ...[from, to].toSorted()])
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
    const [from, to] = refusedPair(verdict, nodes) ?? []
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

/** A short reason for a refusal, from its code: `identity.alias_exists` gives `alias exists`. */
function reasonOf({ code }: Pick<Verdict, 'code'>): string {
  return code.slice(code.indexOf('.') + 1).replaceAll('_', ' ')
}

/** The two ids that a record would have joined; undefined if it names fewer than two. */
export function refusedPair(
  { record }: Verdict,
  known: { readonly has: (id: string) => boolean },
): readonly [string, string] | undefined {
  if (!isObject(record)) return undefined
  const ids = [...new Set(namedIds(record['event'], propertiesOf(record), known))]
  const [from, to] = ids
  return from === undefined || to === undefined ? undefined : [from, to]
}

function namedIds(
  event: unknown,
  properties: JsonObject,
  known: { readonly has: (id: string) => boolean },
): readonly string[] {
  const device = textOf(properties['$device_id'])
  // Simplified projects prefix device ids, the others do not.
  const deviceNode = device === undefined || known.has(device) ? device : `$device:${device}`
  const merged = properties['$distinct_ids']
  const names: Readonly<Record<string, readonly string[]>> = {
    $create_alias: ['distinct_id', 'alias'],
    $identify: ['$identified_id', '$anon_id', 'distinct_id', '$anon_distinct_id'],
  }
  const idFields = typeof event === 'string' ? names[event] : undefined
  const listed = event === '$merge' && Array.isArray(merged) ? merged.map(textOf) : []
  const fields = (idFields ?? ['$user_id', 'distinct_id']).map((name) => textOf(properties[name]))
  const all = idFields === undefined ? [...listed, fields[0] ?? fields[1], deviceNode] : fields
  return all.filter((id) => id !== undefined)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? value
    : typeof value === 'number'
      ? String(value)
      : undefined
}
