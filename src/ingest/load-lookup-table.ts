import { MAX_LOOKUP_ROWS } from '../core/limits.ts'
import { type TableError, TableReader } from '../core/lookup/table-reader.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { LoadedTable, LookupDraft } from '../store/lookup-replace.ts'
import type { CsvPart, CsvReadError } from './read-csv.ts'

/** Why a body does not become a table. */
export type LoadError =
  | TableError
  | { readonly code: 'too_many_rows' }
  | Exclude<CsvReadError, { readonly code: 'bad_row' }>

/**
 * Reads a table out of the parts of a CSV text and writes it into a draft: a part is read while the one before it
 * is written, and no more than that is in memory. Reading ends with the tenth row that fails; rows with the key of
 * an earlier row are found when all others are read. Errors: what keeps the body from becoming a table; those of
 * the database are thrown.
 */
export async function loadLookupTable(
  parts: AsyncIterable<CsvPart>,
  draft: LookupDraft,
): Promise<Result<LoadedTable, LoadError>> {
  const table = new TableReader()
  let written = Promise.resolve()
  for await (const { rows, error } of parts) {
    const read = table.read(rows)
    if (!read.ok) return read
    if (error !== undefined) return err(error.code === 'bad_row' ? table.breakOff(error.message) : error)
    if (table.rowCount > MAX_LOOKUP_ROWS) return err({ code: 'too_many_rows' })
    await written
    if (read.value.length === 0) continue
    written = draft.insert(read.value)
    // Heard when the next part is read; until then nobody listens.
    written.catch(() => undefined)
  }
  await written
  const { columns, rowCount } = table
  const done = table.finish(await draft.findDuplicates(table.errorsLeft()))
  return done.ok ? ok({ columns, rowCount }) : done
}
