import type { JsonObject, Role, User, Verdict } from '../api/types.ts'
import { isObject, propertiesOf } from '../live/row.ts'

/** An id in the graph; `other` belongs to another user, or to none. */
export interface GraphNode {
  readonly id: string
  readonly role: Role | 'other'
  readonly isCanonical: boolean
}

/** A link between two ids, or one that was refused; `label` is the event, or the reason. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly isRefused: boolean
  /** Made, and not shown by queries yet. */
  readonly isPending: boolean
  readonly label: string
  /** How many records said the same. */
  readonly count: number
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** The ids of a user, what linked them, and what was refused, as a graph. */
export function graphOf(user: User): Graph {
  const nodes = new Map<string, GraphNode>()
  for (const { id, role } of user.distinct_ids) {
    nodes.set(id, { id, role, isCanonical: id === user.distinct_id })
  }
  const edges = new Map<string, GraphEdge>()
  const link = (from: string, to: string, kind: 'made' | 'pending' | 'refused', label: string) => {
    for (const id of [from, to]) if (!nodes.has(id)) nodes.set(id, { id, role: 'other', isCanonical: false })
    const key = JSON.stringify([kind, label, ...[from, to].toSorted()])
    const count = (edges.get(key)?.count ?? 0) + 1
    edges.set(key, { from, to, isRefused: kind === 'refused', isPending: kind === 'pending', label, count })
  }
  for (const { from, to, event, pending } of user.merges) {
    link(from, to, pending === undefined ? 'made' : 'pending', event)
  }
  for (const verdict of user.refused) {
    const pair = refusedPair(verdict, nodes)
    if (pair !== undefined) link(...pair, 'refused', reasonOf(verdict))
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

/** The reason of a refusal in a few words, from its code: `identity.alias_exists` is `alias exists`. */
export function reasonOf({ code }: Pick<Verdict, 'code'>): string {
  return code.slice(code.indexOf('.') + 1).replaceAll('_', ' ')
}

/** The two ids that a record would have joined; undefined where it names fewer than two. */
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
  // Simplified gives a device's id a prefix, the others do not.
  const ownDevice = device === undefined || known.has(device) ? device : `$device:${device}`
  const merged = properties['$distinct_ids']
  const names: Readonly<Record<string, readonly string[]>> = {
    $create_alias: ['distinct_id', 'alias'],
    $identify: ['$identified_id', '$anon_id', 'distinct_id', '$anon_distinct_id'],
  }
  const own = typeof event === 'string' ? names[event] : undefined
  const listed = event === '$merge' && Array.isArray(merged) ? merged.map(textOf) : []
  const fields = (own ?? ['$user_id', 'distinct_id']).map((name) => textOf(properties[name]))
  const all = own === undefined ? [...listed, fields[0] ?? fields[1], ownDevice] : fields
  return all.filter((id) => id !== undefined)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? value
    : typeof value === 'number'
      ? String(value)
      : undefined
}
