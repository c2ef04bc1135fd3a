/**
 * A condition, and an order, as SQL: the rows whose column is an id, found by the index on it. Put a limit behind it.
 * With `=` alone Postgres, where nearly all rows are of one id, takes every id for one with very many, and reads the
 * table from its beginning for the first of them: of an id that has none, the whole table.
 */
export function byIndex(column: string, id: string): string {
  return `${column} between ${id} and ${id} order by ${column}`
}
