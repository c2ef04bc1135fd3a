import { err, ok, type Result } from '../result.ts'
import { duplicateKey, type LookupRow, type RowError, readHeader, readRow } from './row.ts'

/** Why a CSV text is no table: its header is wrong, or rows under it are (LKP-05). */
export type TableError =
  | { readonly code: 'bad_header'; readonly message: string }
  | { readonly code: 'failed_rows'; readonly failures: readonly RowError[] }

/** The failures that an answer tells (LKP-05). */
const MAX_FAILURES = 10

/** Reads a table out of the rows of a CSV text, some at a time, the header first (LKP-04). */
export class TableReader {
  /** The header row; empty until it was read. */
  columns: readonly string[] = []
  /** Rows under the header so far. */
  rowCount = 0
  readonly #failures: RowError[] = []

  /** Reads more rows. Out: those that are good. Errors: the header, or as many rows as an answer tells. */
  read(rows: readonly (readonly string[])[]): Result<readonly LookupRow[], TableError> {
    const good: LookupRow[] = []
    for (const fields of rows) {
      if (this.columns.length === 0) {
        const header = readHeader(fields)
        if (!header.ok) return err({ code: 'bad_header', message: header.error })
        this.columns = header.value
        continue
      }
      const row = readRow(fields, this.columns.length, ++this.rowCount)
      if (row.ok) good.push(row.value)
      else this.#failures.push(row.error)
      if (this.errorsLeft() === 0) return err(this.#failed())
    }
    return ok(good)
  }

  /** What to answer where the row after the last one that was read is no CSV. */
  breakOff(message: string): TableError {
    if (this.columns.length === 0) return { code: 'bad_header', message }
    this.#failures.push({ index: this.rowCount + 1, message })
    return this.#failed()
  }

  /** How many failures an answer has room for. */
  errorsLeft(): number {
    return MAX_FAILURES - this.#failures.length
  }

  /** Whether what was read is a table, given the rows that have the key of an earlier one. */
  finish(
    twice: readonly { readonly first: number; readonly index: number }[],
  ): Result<undefined, TableError> {
    if (this.columns.length === 0)
      return err({ code: 'bad_header', message: 'the request body has no header row' })
    this.#failures.push(...twice.map(({ first, index }) => duplicateKey(first, index)))
    return this.#failures.length > 0 ? err(this.#failed()) : ok(undefined)
  }

  #failed(): TableError {
    return { code: 'failed_rows', failures: this.#failures }
  }
}
