import type pg from 'pg'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from './db.ts'
import { HOLD_PROJECT } from './locks.ts'
import type { StoredLookupRow } from './lookup-tables.ts'
import { inTransaction } from './tx.ts'

/** The rows of a replacement in progress, visible only to its transaction. */
export interface LookupDraft {
  /** Adds rows. May be called again before an earlier call is done: a connection runs statements one after another. */
  insert(rows: readonly StoredLookupRow[]): Promise<void>
  /** The first rows that repeat the key of an earlier row, each with the first row that has this key. */
  findDuplicates(limit: number): Promise<readonly { readonly first: number; readonly index: number }[]>
}

/** A draft with all of its rows written. */
export interface LoadedTable {
  readonly columns: readonly string[]
  readonly rowCount: number
}

/** A table to replace, and the limit on its size. */
export interface Replacement {
  readonly projectId: number
  readonly tableId: string
  /** The limit on the rows of all tables of the project together. */
  readonly maxRows: number
  /** In ms since the epoch. */
  readonly nowMs: number
}

/** Why nothing was replaced: the table or its project no longer exists, or there are too many rows. */
export interface ReplaceError {
  readonly code: 'unknown_table' | 'too_many_rows'
}

const INSERT_LOOKUP_ROWS = {
  name: 'insert_lookup_rows',
  text: `
    insert into lookup_row (project_id, version, row_index, key, properties)
    select $1, $2, row_index, key, properties
    from jsonb_to_recordset($3::jsonb) as sent (row_index integer, key text, properties jsonb)`,
}

const NEXT_LOOKUP_VERSION = `select nextval('lookup_version_seq') as version`

const FIND_DUPLICATE_KEYS = `
  select row_index as index, first from (
    select row_index, min(row_index) over (partition by key) as first
    from lookup_row where project_id = $1 and version = $2
  ) as keyed
  where row_index > first order by row_index limit $3`

/** A table may have a million rows, whose keys are compared in one statement. */
const SETTINGS = `set local work_mem = '64MB'; set local statement_timeout = '60s';
  set local idle_in_transaction_session_timeout = '60s'`

/**
 * Replaces the rows of a lookup table in one transaction, all or nothing (LKP-02): `load` writes them into a draft, and
 * readers see all of them once the table has the draft's version. While `load` runs, the connection is in use, but no
 * lock is held. Errors: those of `load`, and then nothing has changed; those of the database are thrown.
 */
export async function replaceLookupRows<E>(
  db: Db,
  replacement: Replacement,
  load: (draft: LookupDraft) => Promise<Result<LoadedTable, E>>,
): Promise<Result<undefined, E | ReplaceError>> {
  const run = async (client: pg.PoolClient) => {
    const { rows } = await client.query<{ version: string }>(NEXT_LOOKUP_VERSION)
    const version = rows[0]?.version ?? '0'
    const loaded = await load(openDraft(client, replacement.projectId, version))
    return loaded.ok ? await showVersion(client, replacement, version, loaded.value) : loaded
  }
  return await inTransaction(db, run, { settings: SETTINGS, keeps: (done) => done.ok })
}

function openDraft(client: pg.PoolClient, projectId: number, version: string): LookupDraft {
  return {
    insert: async (rows) => {
      const text = JSON.stringify(rows.map(toSentRow))
      await client.query({ ...INSERT_LOOKUP_ROWS, values: [projectId, version, text] })
    },
    findDuplicates: async (limit) => {
      const values = [projectId, version, limit]
      return (await client.query<{ first: number; index: number }>(FIND_DUPLICATE_KEYS, values)).rows
    },
  }
}

function toSentRow({ index, key, values }: StoredLookupRow) {
  return { row_index: index, key, properties: values }
}

/** Makes a version visible to readers, and deletes the previous one. */
async function showVersion(
  client: pg.PoolClient,
  { projectId, tableId, maxRows, nowMs }: Replacement,
  version: string,
  { columns, rowCount }: LoadedTable,
): Promise<Result<undefined, ReplaceError>> {
  // A reset or deletion of the project waits for this. After one, the id no longer exists, and our rows may have been
  // deleted.
  const { rowCount: live } = await client.query(HOLD_PROJECT, [projectId])
  if (live === 0) return err({ code: 'unknown_table' })
  const { rows } = await client.query<LockedTable>(LOCK_LOOKUP_TABLES, [projectId])
  const old = rows.find((row) => row.id === tableId)
  if (old === undefined) return err({ code: 'unknown_table' })
  const others = rows.reduce((sum, row) => sum + (row === old ? 0 : row.row_count), 0)
  if (others + rowCount > maxRows) return err({ code: 'too_many_rows' })
  await client.query(SHOW_LOOKUP_VERSION, [projectId, tableId, version, columns, rowCount, nowMs])
  await client.query(DELETE_LOOKUP_ROWS, [projectId, old.version])
  return ok(undefined)
}

interface LockedTable {
  readonly id: string
  readonly version: string
  readonly row_count: number
}

const LOCK_LOOKUP_TABLES =
  'select id, version, row_count from lookup_table where project_id = $1 order by id for update'
const SHOW_LOOKUP_VERSION = `
  update lookup_table set version = $3, columns = $4, row_count = $5, replaced_at_ms = $6
  where project_id = $1 and id = $2`
const DELETE_LOOKUP_ROWS = 'delete from lookup_row where project_id = $1 and version = $2'
