import { type RawBuilder, sql } from 'kysely'
import { CANONICAL } from './copies.ts'
import type { PropertySql } from './expression-sql.ts'

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

/** The profile of an event's user. */
const PROFILE = sql`(
  select profile.properties from profile
  where profile.project_id = event.project_id and profile.group_key = '' and profile.distinct_id = ${CANONICAL}
)`

/** A property of an event or of its user, or the event's time in seconds with a fraction (QRY-15). */
export const eventProperty: PropertySql = (source, name) => {
  switch (source) {
    case 'properties':
      return OWN_PROPERTIES.get(name) ?? sql`(event.properties -> ${name}::text)`
    case 'user':
      return name === '$distinct_id' ? sql`to_jsonb(${CANONICAL})` : sql`(${PROFILE} -> ${name}::text)`
    case 'event':
      return sql`to_jsonb(event.time_ms / 1000.0)`
  }
}
