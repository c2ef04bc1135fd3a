/*
 * The exact words about lookup tables; see ingestion.ts for how to read them.
 */

/** LKP-03. [D] OpenAPI. */
export const unknownTable = (id: string) => `Lookup table with id '${id}' was not found.`
/** LKP-05. [D] `reference/replace-lookup-table.mdx`. */
export const BLANK_KEY = 'primary key is required and cannot be blank'
/** LKP-05. [D], likewise. */
export const WRONG_FIELD_COUNT = 'invalid row: wrong number of fields'
/** LKP-05. [D], likewise. */
export const sameKey = (first: number, second: number) =>
  `invalid row: row indexes ${first} and ${second} have the same primary key`
