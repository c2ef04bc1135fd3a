import { type RawBuilder, sql } from 'kysely'
import { columnName } from './event-property.ts'
import type { EventColumn } from './fill-columns.ts'
import type { Schema } from './schema.ts'

/** The events of names in a period. */
interface NamedEvents {
  readonly project: { readonly id: number }
  readonly events?: readonly string[] | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

/**
 * The events of a filter with columns in place of the table `event`, with those columns of it that the index by name
 * has, and one for each property. A value that is not kept is read from the event.
 *
 * The joins are full: an outer join of which only one side is kept could be made a loop over all pairs, where Postgres
 * expects few rows; a full one is always made by hashes or by sorting. The offset keeps it full, and the rows without
 * an event are left out outside, by the condition on its project. The sum hides from the planner how many different times
 * there are: it would expect as many groups, and sort the events to count them.
 */
export function eventsWithColumns(
  { project, events, fromMs, toMs }: NamedEvents,
  columns: readonly EventColumn[],
): RawBuilder<Schema['event']> {
  const until = toMs === undefined ? sql`` : sql`and time_ms < ${toMs}::bigint`
  const before = toMs === undefined ? sql`` : sql`and from_ms < ${toMs}::bigint`
  const kept = columns.map(({ id }, at) => {
    const alias = sql.ref(`kept_${at}`)
    return sql`
      full join (
        select unnest(seqs) as seq, unnest(contents) as content from event_column_part
        where project_id = ${project.id} and column_id = ${id} and to_ms > ${fromMs}::bigint ${before}
      ) as ${alias} on ${alias}.seq = found.seq`
  })
  const values = columns.map(({ property }, at) => {
    const alias = sql.ref(`kept_${at}`)
    return sql`
      case when ${alias}.seq is not null then ${alias}.content else (
        select stored.properties -> ${property}::text from event as stored
        where stored.project_id = found.project_id and stored.distinct_id = found.distinct_id
          and stored.time_ms = found.time_ms and stored.seq = found.seq
      ) end as ${sql.ref(columnName(at))}`
  })
  return sql`(
    select found.*, ${sql.join(values)} from (
      select project_id, event, distinct_id, time_ms + 0 as time_ms, insert_id, seq from event
      where project_id = ${project.id} and event = any(${events}::text[]) and time_ms >= ${fromMs}::bigint ${until}
    ) as found
    ${sql.join(kept, sql` `)}
    offset 0
  )`
}
