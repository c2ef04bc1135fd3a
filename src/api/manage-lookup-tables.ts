import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import {
  deleteLookupTable,
  insertLookupTable,
  type LookupTable,
  listLookupTables,
  readLookupPage,
  type StoredLookupRow,
} from '../store/lookup-tables.ts'
import type { NewLookupTableBody } from './lookup-tables.shape.ts'

export interface LookupTableDeps {
  readonly db: Db
  readonly newId: () => string
}

/** Why a request about lookup tables is refused. */
export type LookupError = 'unknown_table' | 'unknown_project' | 'id_taken' | 'bad_cursor' | 'other_version'

/** A lookup table in the form of the API. */
function showLookupTable(table: LookupTable) {
  const { id, name, columns, rowCount, replacedAtMs } = table
  const replacedAt = replacedAtMs === undefined ? null : new Date(replacedAtMs).toISOString()
  return { id, name, columns, row_count: rowCount, replaced_at: replacedAt }
}

/** Creates an empty lookup table, with the id that a test chose (LKP-03). */
export async function createLookupTable(
  project: Project,
  body: NewLookupTableBody,
  { db, newId }: LookupTableDeps,
): Promise<Result<ReturnType<typeof showLookupTable>, LookupError>> {
  const { name, id = newId() } = body
  const outcome = await insertLookupTable(db, project.id, { id, name })
  if (outcome !== 'made') return err(outcome)
  return ok({ id, name, columns: [], row_count: 0, replaced_at: null })
}

/** The lookup tables of a project, sorted by name. */
export async function showLookupTables(project: Project, { db }: Pick<LookupTableDeps, 'db'>) {
  return { lookup_tables: (await listLookupTables(db, project.id)).map(showLookupTable) }
}

/** Deletes a lookup table with its rows. False if the project has no such table. */
export async function removeLookupTable(
  project: Project,
  id: string,
  { db }: LookupTableDeps,
): Promise<boolean> {
  return await deleteLookupTable(db, project.id, toStorable(id))
}

/**
 * A page of the rows of a table in the order of the file, and the cursor of the next page, null on the last. Cursors
 * are refused once the table is replaced, so that all pages come from the same content.
 */
export async function showLookupRows(
  project: Project,
  id: string,
  page: { readonly after: string | undefined; readonly limit: number },
  { db }: Pick<LookupTableDeps, 'db'>,
) {
  const cursor = parseCursor(page.after)
  if (cursor === undefined) return err<LookupError>('bad_cursor')
  const found = await readLookupPage(db, project.id, toStorable(id), {
    after: cursor.index,
    limit: page.limit,
  })
  if (found === undefined) return err<LookupError>('unknown_table')
  const { table, rows } = found
  if (cursor.version !== undefined && cursor.version !== table.version)
    return err<LookupError>('other_version')
  const last = rows.at(-1)
  const next =
    last === undefined || last.index >= table.rowCount ? null : writeCursor(table.version, last.index)
  return ok({ ...showLookupTable(table), rows: rows.map((row) => showRow(row, table.columns)), next })
}

/** Columns without a value are left out (LKP-04). */
function showRow({ key, values }: StoredLookupRow, columns: readonly string[]) {
  const properties = columns.slice(1).flatMap((name, at) => {
    const value = values[at]
    return value === undefined || value === null ? [] : [[name, value] as const]
  })
  return { id: key, properties: Object.fromEntries(properties) }
}

function writeCursor(version: string, index: number): string {
  return Buffer.from(`${version}:${index}`).toString('base64url')
}

function parseCursor(text: string | undefined) {
  if (text === undefined) return { version: undefined, index: 0 }
  const [, version, index] = /^(\d{1,18}):(\d{1,9})$/.exec(Buffer.from(text, 'base64url').toString()) ?? []
  return version === undefined || index === undefined ? undefined : { version, index: Number(index) }
}
