import type pg from 'pg'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from './db.ts'
import type { StoredLookupRow } from './lookup-tables.ts'
import { inTransaction } from './tx.ts'

/** The rows of a replacement under way: only this transaction sees them. */
export interface LookupDraft {
  /** Adds rows. May be called again, or given up, before it is done: a connection does one thing after another. */
  insert(rows: readonly StoredLookupRow[]): Promise<void>
  /** The first rows that have the key of an earlier one, each with the first row that has it. */
  findDuplicates(limit: number): Promise<readonly { readonly first: number; readonly index: number }[]>
}

/** What a draft has become when all of it is written. */
export interface LoadedTable {
  readonly columns: readonly string[]
  readonly rowCount: number
}

/** Which table is replaced, and by how much at most. */
export interface Replacement {
  readonly projectId: number
  readonly tableId: string
  /** Rows that all tables of the project may have together. */
  readonly maxRows: number
  /** In ms since the epoch. */
  readonly nowMs: number
}

/** Why a replacement was not made: the table, or its project, is gone; or there are too many rows. */
export interface ReplaceError {
  readonly code: 'unknown_table' | 'too_many_rows'
}

const INSERT_ROWS = {
  name: 'insert_lookup_rows',
  text: `
    insert into lookup_row (project_id, version, row_index, key, properties)
    select $1, $2, i, k, v from jsonb_to_recordset($3::jsonb) as row (i integer, k text, v jsonb)`,
}

const FIND_DUPLICATES = `
  select row_index as index, first from (
    select row_index, min(row_index) over (partition by key) as first
    from lookup_row where project_id = $1 and version = $2
  ) as keyed
  where row_index > first order by row_index limit $3`

/**
 * Replaces the rows of a lookup table in one transaction, all or nothing (LKP-02): `load` writes them into a draft,
 * and readers see it, whole, once the table names it. No lock is held while `load` runs, only the connection.
 * Errors: those of `load`, and then nothing has changed; those of the database are thrown.
 */
export async function replaceLookupRows<E>(
  db: Db,
  replacement: Replacement,
  load: (draft: LookupDraft) => Promise<Result<LoadedTable, E>>,
): Promise<Result<undefined, E | ReplaceError>> {
  const run = async (client: pg.PoolClient) => {
    const { rows } = await client.query<{ version: string }>(
      "select nextval('lookup_version_seq') as version",
    )
    const version = rows[0]?.version ?? '0'
    const loaded = await load(openDraft(client, replacement.projectId, version))
    return loaded.ok ? await showVersion(client, replacement, version, loaded.value) : loaded
  }
  const begin = "begin; set local work_mem = '64MB'"
  return await inTransaction(db, run, { begin, keeps: (done) => done.ok })
}

function openDraft(client: pg.PoolClient, projectId: number, version: string): LookupDraft {
  return {
    insert: async (rows) => {
      const text = JSON.stringify(rows.map(({ index, key, values }) => ({ i: index, k: key, v: values })))
      await client.query({ ...INSERT_ROWS, values: [projectId, version, text] })
    },
    findDuplicates: async (limit) => {
      const values = [projectId, version, limit]
      return (await client.query<{ first: number; index: number }>(FIND_DUPLICATES, values)).rows
    },
  }
}

/** Makes a version the one that is read, and deletes the one that was. */
async function showVersion(
  client: pg.PoolClient,
  { projectId, tableId, maxRows, nowMs }: Replacement,
  version: string,
  { columns, rowCount }: LoadedTable,
): Promise<Result<undefined, ReplaceError>> {
  // A reset or deletion waits for us; after one there is no such id any more, and its rows may be deleted already.
  const { rowCount: live } = await client.query('select from project where id = $1 for share', [projectId])
  if (live === 0) return err({ code: 'unknown_table' })
  const { rows } = await client.query<{ id: string; version: string; row_count: number }>(
    'select id, version, row_count from lookup_table where project_id = $1 order by id for update',
    [projectId],
  )
  const old = rows.find((row) => row.id === tableId)
  if (old === undefined) return err({ code: 'unknown_table' })
  const others = rows.reduce((sum, row) => sum + (row === old ? 0 : row.row_count), 0)
  if (others + rowCount > maxRows) return err({ code: 'too_many_rows' })
  await client.query(
    `update lookup_table set version = $3, columns = $4, row_count = $5, replaced_at_ms = $6
     where project_id = $1 and id = $2`,
    [projectId, tableId, version, columns, rowCount, nowMs],
  )
  await client.query('delete from lookup_row where project_id = $1 and version = $2', [
    projectId,
    old.version,
  ])
  return ok(undefined)
}
