import { SOME_FAILED } from '../answers/import.ts'
import { unknownTable } from '../answers/lookup.ts'
import type { RowError } from '../lookup/row.ts'
import { definitionId } from './app.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'

/** A lookup table as Mixpanel lists it. */
export interface ListedTable {
  readonly id: string
  readonly name: string
}

/** The list of a project's lookup tables (LKP-01). */
export function listLookupTables(tables: readonly ListedTable[]): ReplyPlan {
  const results = tables.map(({ id, name }) => ({ id, name }))
  return jsonReply(200, { code: 200, status: 'OK', results })
}

/** The list of tables in the App API, where ids are numbers; the token is the id of LKP-01 (LKP-03). */
export function listDefinedTables(tables: readonly ListedTable[]): ReplyPlan {
  return jsonReply(200, { status: 'ok', results: tables.map(defineTable) })
}

/** A table was given its name (LKP-03). */
export function replyToDefinedTable(table: ListedTable): ReplyPlan {
  return jsonReply(200, { status: 'ok', results: defineTable(table) })
}

function defineTable({ id, name }: ListedTable) {
  return { id: definitionId('lookup-tables', id), name, token: id }
}

/** The address to which a table is uploaded (LKP-03). */
export function replyToUploadUrl(id: string, url: string): ReplyPlan {
  return jsonReply(200, { status: 'ok', results: { url, path: id, key: id } })
}

/** The answer to a table that was replaced (LKP-02). */
export function lookupReplaced(): ReplyPlan {
  return jsonReply(200, { code: 200, status: 'OK' })
}

/** 404 for a table that the project does not have; the id as sent (LKP-03, CON-20). */
export function unknownLookupTable(id: string): ReplyPlan {
  return jsonReply(404, { code: 404, error: unknownTable(id), status: 'Not Found' })
}

/** 400 with the invalid rows (LKP-05, CON-13). */
export function lookupRowsFailed(rowErrors: readonly RowError[]): ReplyPlan {
  return jsonReply(400, {
    code: 400,
    error: SOME_FAILED,
    failed_records: rowErrors.map(({ index, message }) => ({ index, message })),
    status: 'Bad Request',
  })
}
