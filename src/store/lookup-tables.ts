import type { Json } from '../core/json.ts'
import type { Db } from './db.ts'
import { brokenUniqueConstraint } from './errors.ts'
import { HOLD_PROJECT, shareProjects } from './locks.ts'
import { inKyselyTransaction } from './tx.ts'

/** A lookup table, without its rows. */
export interface LookupTable {
  readonly id: string
  readonly name: string
  /** Differs for each content; 0 before the first. */
  readonly version: string
  /** The header row; empty before the first content. */
  readonly columns: readonly string[]
  readonly rowCount: number
  /** When its rows were last replaced, in ms since the epoch. */
  readonly replacedAtMs: number | undefined
}

export interface StoredLookupRow {
  readonly index: number
  readonly key: string
  /** The values of all columns except the first. */
  readonly values: readonly Json[]
}

const COLUMNS = ['id', 'name', 'version', 'columns', 'row_count', 'replaced_at_ms'] as const

interface Row {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly columns: readonly string[]
  readonly row_count: number
  readonly replaced_at_ms: string | null
}

function toTable(row: Row): LookupTable {
  const { id, name, version, columns, row_count: rowCount, replaced_at_ms: at } = row
  return { id, name, version, columns, rowCount, replacedAtMs: at === null ? undefined : Number(at) }
}

/** The lookup tables of a project that have a name, sorted by it. */
export async function listLookupTables(db: Db, projectId: number): Promise<readonly LookupTable[]> {
  const rows = await db.kysely
    .selectFrom('lookup_table')
    .select(COLUMNS)
    .where('project_id', '=', projectId)
    .where('name', '<>', '')
    .orderBy('name')
    .orderBy('id')
    .execute()
  return rows.map(toTable)
}

export async function findLookupTable(
  db: Db,
  projectId: number,
  id: string,
): Promise<LookupTable | undefined> {
  const row = await db.kysely
    .selectFrom('lookup_table')
    .select(COLUMNS)
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : toTable(row)
}

/** Creates an empty lookup table. */
export async function insertLookupTable(
  db: Db,
  projectId: number,
  { id, name }: Pick<LookupTable, 'id' | 'name'>,
  replacedAtMs?: number,
): Promise<'made' | 'id_taken' | 'unknown_project'> {
  try {
    const { rowCount } = await db.pool.query(INSERT_LOOKUP_TABLE, [projectId, id, name, replacedAtMs])
    return rowCount === 0 ? 'unknown_project' : 'made'
  } catch (error) {
    if (brokenUniqueConstraint(error) === 'lookup_table_pkey') return 'id_taken'
    throw error
  }
}

const INSERT_LOOKUP_TABLE = `
  insert into lookup_table (project_id, id, name, replaced_at_ms)
  select id, $2, $3, $4 from (${HOLD_PROJECT}) as held`

/** The number of tables of a project that wait for their name. */
const MAX_UPLOADS = 10

/** Creates a table that is being uploaded: one without a name (LKP-03). The oldest beyond MAX_UPLOADS are deleted. */
export async function insertUpload(
  db: Db,
  projectId: number,
  id: string,
  nowMs: number,
): Promise<'made' | 'id_taken' | 'unknown_project'> {
  const made = await insertLookupTable(db, projectId, { id, name: '' }, nowMs)
  const oldest = await db.kysely
    .selectFrom('lookup_table')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', '')
    .orderBy('replaced_at_ms', 'desc')
    .orderBy('id')
    .offset(MAX_UPLOADS)
    .execute()
  for (const table of oldest) await deleteLookupTable(db, projectId, table.id)
  return made
}

/** Gives a table that was uploaded its name. False if there is no such table without a name, or it has no content. */
export async function nameLookupTable(db: Db, projectId: number, id: string, name: string): Promise<boolean> {
  const named = await db.kysely
    .updateTable('lookup_table')
    .set({ name })
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .where('name', '=', '')
    .where('version', '>', '0')
    .executeTakeFirst()
  return named.numUpdatedRows > 0n
}

/** Deletes a lookup table with its rows. False if unknown. */
export async function deleteLookupTable(db: Db, projectId: number, id: string): Promise<boolean> {
  return await inKyselyTransaction(db, async (tx) => {
    await shareProjects(tx, [projectId])
    const deleted = await tx
      .deleteFrom('lookup_table')
      .where('project_id', '=', projectId)
      .where('id', '=', id)
      .returning('version')
      .executeTakeFirst()
    if (deleted === undefined) return false
    await tx
      .deleteFrom('lookup_row')
      .where('project_id', '=', projectId)
      .where('version', '=', deleted.version)
      .execute()
    return true
  })
}

/** Maximum bytes of values on a page; its first row may exceed them. */
const MAX_PAGE_BYTES = 4_194_304

/** One statement, so that the table and its rows are from one snapshot. */
const READ_LOOKUP_PAGE = {
  name: 'read_lookup_page',
  text: `
    select lookup.id, lookup.name, lookup.version, lookup.columns, lookup.row_count, lookup.replaced_at_ms,
           coalesce(page.rows, '[]') as rows
    from lookup_table as lookup
    left join lateral (
      select json_agg(json_build_object('index', row_index, 'key', key, 'values', properties)
                      order by row_index) as rows
      from (
        select row_index, key, properties,
               sum(length(key) + length(properties::text)) over (order by row_index) as bytes,
               row_number() over (order by row_index) as place
        from (
          select row_index, key, properties from lookup_row
          where project_id = lookup.project_id and version = lookup.version and row_index > $3
          order by row_index limit $4
        ) as next
      ) as counted
      where place = 1 or bytes <= ${MAX_PAGE_BYTES}
    ) as page on true
    where lookup.project_id = $1 and lookup.id = $2`,
}

/** The rows of a table after the row index `after`, in the order of the file; undefined if there is no such table. */
export async function readLookupPage(
  db: Db,
  projectId: number,
  id: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly table: LookupTable; readonly rows: readonly StoredLookupRow[] } | undefined> {
  const { rows } = await db.pool.query<Row & { readonly rows: readonly StoredLookupRow[] }>({
    ...READ_LOOKUP_PAGE,
    values: [projectId, id, after, limit],
  })
  const [found] = rows
  return found === undefined ? undefined : { table: toTable(found), rows: found.rows }
}
