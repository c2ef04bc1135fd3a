import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Db } from './db.ts'
import { deleteChunk, EVENTS_BY_TIME, type Key } from './delete-by-key.ts'
import { dropColumns } from './drop-columns.ts'

/** A project that keeps its events for a limited time. */
export interface Retention {
  readonly projectId: number
  readonly days: number
}

/** The projects with the setting `retention_days` (IMP-21). */
export async function listRetentions(db: Db): Promise<readonly Retention[]> {
  const { rows } = await db.pool.query<{ id: number; days: number }>(LIST_RETENTIONS)
  return rows.map(({ id, days }) => ({ projectId: id, days }))
}

const LIST_RETENTIONS = `
  select id, (settings ->> 'retention_days')::integer as days from project
  where settings ->> 'retention_days' is not null order by id`

/**
 * Deletes a chunk of the events that are older than a project keeps them, after the key that the call before gave. In:
 * the server's time, in ms since the epoch. Out: the key to go on after; undefined if none is left, nor
 * any of their values in a column.
 */
export async function deleteExpired(
  db: Db,
  { projectId, days }: Retention,
  nowMs: number,
  after: Key | undefined,
): Promise<Key | undefined> {
  const value = nowMs - days * MS_PER_DAY
  const filter = (place: string) => `time_ms < ${place}::bigint`
  const last = await deleteChunk(db.pool, EVENTS_BY_TIME, projectId, after, { filter, value })
  if (last !== undefined && Number(last[0]) < value) return last
  await dropColumns(db, projectId, value)
  return undefined
}
