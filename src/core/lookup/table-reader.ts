import { err, ok, type Result } from '../result.ts'
import { duplicateKey, type LookupRow, type RowError, readHeader, readRow } from './row.ts'

/** Why a CSV text is not a valid table: its header, or rows below it (LKP-05). */
export type TableError =
  | { readonly code: 'bad_header'; readonly message: string }
  | { readonly code: 'failed_rows'; readonly rowErrors: readonly RowError[] }

/** The number of invalid rows that an answer lists (LKP-05). */
const MAX_ROW_ERRORS = 10

/** Builds a table from the rows of a CSV text, in chunks, the header first (LKP-04). */
export class TableReader {
  /** The header row; empty until it has been read. */
  columns: readonly string[] = []
  /** Rows below the header so far. */
  rowCount = 0
  readonly #rowErrors: RowError[] = []

  /** Reads more rows. Out: the valid ones. Errors: an invalid header, or as many invalid rows as an answer lists. */
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
      else this.#rowErrors.push(row.error)
      if (this.errorsLeft() === 0) return err(this.#failed())
    }
    return ok(good)
  }

  /** The error if the text after the last row read is not CSV. */
  breakOff(message: string): TableError {
    if (this.columns.length === 0) return { code: 'bad_header', message }
    this.#rowErrors.push({ index: this.rowCount + 1, message })
    return this.#failed()
  }

  /** How many more invalid rows an answer can list. */
  errorsLeft(): number {
    return MAX_ROW_ERRORS - this.#rowErrors.length
  }

  /** Checks the table as a whole, given the rows that repeat the key of an earlier one. */
  finish(
    twice: readonly { readonly first: number; readonly index: number }[],
  ): Result<undefined, TableError> {
    if (this.columns.length === 0)
      return err({ code: 'bad_header', message: 'the request body has no header row' })
    this.#rowErrors.push(...twice.map(({ first, index }) => duplicateKey(first, index)))
    return this.#rowErrors.length > 0 ? err(this.#failed()) : ok(undefined)
  }

  #failed(): TableError {
    return { code: 'failed_rows', rowErrors: this.#rowErrors }
  }
}
