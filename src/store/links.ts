import type { Selectable } from 'kysely'
import type { Schema } from './schema.ts'

/** A link between two ids; see the table identity_link. */
export interface LinkRow {
  readonly from: string
  readonly to: string
  readonly canonical: string
  readonly absorbed: string
  readonly event: string
  readonly insertId: string
  readonly rule: string
  /** Ms since the epoch. */
  readonly atMs: number
}

export function toLinkRow(row: Selectable<Schema['identity_link']>): LinkRow {
  return {
    from: row.from_id,
    to: row.to_id,
    canonical: row.canonical,
    absorbed: row.absorbed,
    event: row.event,
    insertId: row.insert_id,
    rule: row.rule,
    atMs: Number(row.at_ms),
  }
}
