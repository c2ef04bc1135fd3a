import type { Queryable } from './db.ts'

/** A table, and the columns of its primary key that follow `project_id`, or a later part of them. */
export interface KeyedTable {
  readonly table: string
  readonly key: readonly string[]
}

/** Events in the order of their times. */
export const EVENTS_BY_TIME: KeyedTable = { table: 'event', key: ['time_ms', 'seq'] }

/** The values of these columns in one row. */
export type Key = readonly (string | number)[]

/** Rows per statement: it takes tens of ms, so that a deletion delays nothing else. */
export const CHUNK_ROWS = 10_000

/** Which rows of a project to delete; by default all. */
export interface Condition {
  /** Only of this distinct_id, which `key` leaves out. */
  readonly distinctId?: string
  /** Passes over other rows: a condition as SQL, given the place of `value`. */
  readonly filter?: (place: string) => string
  readonly value?: unknown
}

/**
 * Looks at the next CHUNK_ROWS rows of a project after a key, and deletes those that meet the condition. Out: the key of
 * the last row looked at; undefined once there are no more. Chunks that continue after a key never read the index
 * entries of rows that were deleted before.
 */
export async function deleteChunk(
  tx: Queryable,
  { table, key }: KeyedTable,
  projectId: number,
  after: Key | undefined,
  { distinctId, filter, value }: Condition = {},
): Promise<Key | undefined> {
  const columns = key.join(', ')
  const given: unknown[] = [projectId]
  const place = (value: unknown) => `$${given.push(value)}`
  const compare = (operator: string, bound: Key) =>
    ` and (${columns}) ${operator} (${bound.map(place).join(', ')})`
  let rows = `${table} where project_id = $1`
  if (distinctId !== undefined) rows += ` and distinct_id = ${place(distinctId)}`
  if (after !== undefined) rows += compare('>', after)
  const findLast = `select ${columns} from ${rows} order by ${columns} offset ${CHUNK_ROWS - 1} limit 1`
  const [row] = (await tx.query<Record<string, string | number>>(findLast, given)).rows
  const last = row && key.map((column) => row[column] ?? '')
  if (last !== undefined) rows += compare('<=', last)
  if (filter !== undefined) rows += ` and ${filter(place(value))}`
  const deleteRows = `delete from ${rows}`
  await tx.query(deleteRows, given)
  return last
}

/** The key of an event in its project; numbers as text. */
export interface EventKey {
  readonly distinct_id: string
  readonly time_ms: string
  readonly seq: string
}

/** Deletes these events of a project. Out: the number of those that were still there. */
export async function deleteEvents(
  tx: Queryable,
  projectId: number,
  keys: readonly EventKey[],
): Promise<number> {
  if (keys.length === 0) return 0
  const columns = (['distinct_id', 'time_ms', 'seq'] as const).map((name) => keys.map((key) => key[name]))
  return (await tx.query(DELETE_EVENTS, [projectId, ...columns])).rowCount ?? 0
}

const DELETE_EVENTS = `
  delete from event where project_id = $1 and (distinct_id, time_ms, seq) in (
    select * from unnest($2::text[], $3::bigint[], $4::bigint[])
  )`
