import { MAX_LOOKUP_ROWS } from '../core/limits.ts'
import { type TableError, TableReader } from '../core/lookup/table-reader.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { LoadedTable, LookupDraft } from '../store/replace-lookup-rows.ts'
import type { CsvPart, CsvReadError } from './read-csv.ts'

/** Why a body is not accepted as a table. */
export type LoadError =
  | TableError
  | { readonly code: 'too_many_rows' }
  | Exclude<CsvReadError, { readonly code: 'bad_row' }>

/**
 * Parses the parts of a CSV text and writes them into a draft. Each part is read while the previous one is written, so
 * that only two are in memory. Reading ends at the tenth invalid row; rows that repeat the key of an earlier row are
 * found after all rows are read. Errors of the database are thrown.
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
    // A rejection is thrown by the next `await written`; it must not count as unhandled before that.
    written.catch(() => undefined)
  }
  await written
  const { columns, rowCount } = table
  const done = table.finish(await draft.findDuplicates(table.errorsLeft()))
  return done.ok ? ok({ columns, rowCount }) : done
}
