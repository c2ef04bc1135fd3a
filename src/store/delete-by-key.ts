import type { Queryable } from './db.ts'

/** A table, and the columns of its primary key that follow `project_id`, or a later part of them. */
export interface KeyedTable {
  readonly table: string
  readonly key: readonly string[]
}

/** The values of these columns in one row. */
export type Key = readonly (string | number)[]

/** Rows per statement: it takes tens of ms, so that a deletion delays nothing else. */
const CHUNK_ROWS = 10_000

/** The rows of a project to delete, as SQL with parameters from $2 on; by default all. */
export interface Condition {
  /** On the columns of the primary key that `key` leaves out: equality. */
  readonly prefix?: string
  /** On other columns. Rows that do not meet it are passed over. */
  readonly filter?: string
  readonly values?: readonly unknown[]
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
  { prefix = 'true', filter = 'true', values = [] }: Condition = {},
): Promise<Key | undefined> {
  const columns = key.join(', ')
  const given: unknown[] = [projectId, ...values]
  const bound = (operator: string, values: Key) => {
    const places = values.map((value) => `$${given.push(value)}`)
    return ` and (${columns}) ${operator} (${places.join(', ')})`
  }
  const rows = `${table} where project_id = $1 and ${prefix}${after === undefined ? '' : bound('>', after)}`
  const findLast = `select ${columns} from ${rows} order by ${columns} offset ${CHUNK_ROWS - 1} limit 1`
  const [row] = (await tx.query<Record<string, string | number>>(findLast, given)).rows
  const last = row && key.map((column) => row[column] ?? '')
  const remove = `delete from ${rows}${last === undefined ? '' : bound('<=', last)} and ${filter}`
  await tx.query(remove, given)
  return last
}
