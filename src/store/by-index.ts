/**
 * A condition with an `order by`, as SQL, for the rows with an id in a column; add a limit after it. It makes
 * Postgres use the index on the column. With `=` alone, and nearly all rows having one id, Postgres assumes that every
 * id has very many rows, and scans the table for the first of them: the whole table for an id that has none.
 */
export function byIndex(column: string, id: string): string {
  return `${column} between ${id} and ${id} order by ${column}`
}
