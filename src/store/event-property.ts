import { type RawBuilder, sql } from 'kysely'
import type { Expression, Source } from '../core/segmentation/ast.ts'
import { CANONICAL } from './copies.ts'
import { labelSql, type PropertySql } from './expression-sql.ts'
import type { EventColumn } from './fill-columns.ts'

/** The properties added to those sent, by the names that the export gives them. */
const OWN_PROPERTIES: ReadonlyMap<string, RawBuilder<unknown>> = new Map([
  ['time', sql`to_jsonb(floor(event.time_ms / 1000.0))`],
  // PRP-03: the alternative name, which Airbyte queries by.
  ['$time', sql`to_jsonb(floor(event.time_ms / 1000.0))`],
  ['distinct_id', sql`to_jsonb(${CANONICAL})`],
  ['$distinct_id', sql`to_jsonb(${CANONICAL})`],
  ['$insert_id', sql`to_jsonb(event.insert_id)`],
  ['mp_processing_time_ms', sql`to_jsonb(event.received_at_ms)`],
  ['$mp_api_timestamp_ms', sql`to_jsonb(event.received_at_ms)`],
  ['$mp_event_size', sql`to_jsonb(event.size_bytes)`],
  ['$import', sql`(case when event.is_imported then 'true'::jsonb end)`],
])

/** Those that are not in the index by name. */
const OWN_OF_ROWS: ReadonlySet<string> = new Set([
  'mp_processing_time_ms',
  '$mp_api_timestamp_ms',
  '$mp_event_size',
  '$import',
])

/** The profile of an event's user. */
const PROFILE = sql`(
  select profile.properties from profile
  where profile.project_id = event.project_id and profile.group_key = '' and profile.distinct_id = ${CANONICAL}
)`

/** The same where the profiles are joined, as `owner`: of distributed tables none can be looked up by another id. */
const JOINED_PROFILE = sql`owner.properties`

/** The name of the column of a property in eventsWithColumns, by its place among them. */
export const columnName = (at: number) => `property_${at}`

/**
 * A property of an event or of its user, or the event's time in seconds with a fraction (QRY-15). In: whether the tables
 * are distributed, see readsProfiles; the columns, if the events are those of eventsWithColumns.
 */
export function eventProperty(isDistributed: boolean, columns: readonly EventColumn[] = []): PropertySql {
  const profile = isDistributed ? JOINED_PROFILE : PROFILE
  return (source, name) => {
    switch (source) {
      case 'properties': {
        const at = columns.findIndex(({ property }) => property === name)
        if (at >= 0) return sql.ref(`event.${columnName(at)}`)
        return OWN_PROPERTIES.get(name) ?? sql`(event.properties -> ${name}::text)`
      }
      case 'user':
        return isOfProfile(source, name) ? sql`(${profile} -> ${name}::text)` : sql`to_jsonb(${CANONICAL})`
      case 'event':
        return sql`to_jsonb(event.time_ms / 1000.0)`
    }
  }
}

const isOfProfile = (source: Source, name: string) => source === 'user' && name !== '$distinct_id'

/** True if an expression needs the profiles of events' users. */
export function readsProfiles(expression: Expression): boolean {
  let isFound = false
  forEachProperty(expression, (source, name) => {
    isFound ||= isOfProfile(source, name)
  })
  return isFound
}

/** What expressions read of events: the properties sent, and whether they need a column that no index has. */
export function propertiesOf(expressions: readonly (Expression | undefined)[]) {
  const properties = new Set<string>()
  let readsRows = false
  for (const expression of expressions) {
    if (expression === undefined) continue
    forEachProperty(expression, (source, name) => {
      if (source !== 'properties') return
      if (!OWN_PROPERTIES.has(name)) properties.add(name)
      readsRows ||= OWN_OF_ROWS.has(name)
    })
  }
  return { properties: [...properties], readsRows }
}

function forEachProperty(expression: Expression, visit: (source: Source, name: string) => void): void {
  labelSql(expression, (source, name) => {
    visit(source, name)
    return sql`null::jsonb`
  })
}
