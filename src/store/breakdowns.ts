import { type RawBuilder, sql } from 'kysely'
import type { Expression } from '../core/segmentation/ast.ts'
import type { Db } from './db.ts'
import { withColumns } from './event-columns.ts'
import { eventProperty } from './event-property.ts'
import { labelSql } from './expression-sql.ts'
import { type EventFilter, selectEvents } from './read-events.ts'

/** A name and how often it occurs. */
export interface NamedCount {
  readonly name: string
  readonly count: number
}

/** Only the newest events are read, so that the answer takes at most some seconds in a project of any size. */
const MAX_EVENTS = 100_000

/**
 * The newest events that match a filter. Events with the same time as the first one beyond MAX_EVENTS are left out too.
 */
async function newest(db: Db, filter: EventFilter): Promise<EventFilter> {
  const { project, events, fromMs } = filter
  let times = db.kysely.selectFrom('event').select('time_ms').where('project_id', '=', project.id)
  const [event] = events ?? []
  if (event !== undefined && events?.length === 1) {
    // In the order of the index by name, so that no more is read of it.
    times = times.where('event', '=', event).orderBy('time_ms', 'desc').orderBy('insert_id', 'desc')
  } else {
    if (events !== undefined) times = times.where('event', '=', sql<string>`any(${events})`)
    times = times.orderBy('time_ms', 'desc')
  }
  const earlier = times.offset(MAX_EVENTS).limit(1)
  const bound = Number((await earlier.executeTakeFirst())?.time_ms ?? Number.NEGATIVE_INFINITY) + 1
  const from = Math.max(bound, fromMs ?? Number.NEGATIVE_INFINITY)
  return { ...filter, fromMs: Number.isFinite(from) ? from : undefined }
}

/** The names of the newest events' properties, each with the number of events that have it, most frequent first. */
export async function listPropertyNames(
  db: Db,
  filter: EventFilter,
  limit: number,
): Promise<readonly NamedCount[]> {
  const events = (await selectEvents(db, await newest(db, filter))).select('event.properties')
  const { rows } = await sql<NamedCount>`
    select name, count(*)::double precision as count
    from (select jsonb_object_keys(found.properties) as name from (${events}) as found) as named
    group by name order by count(*) desc, ${inByteOrder('name')} limit ${limit}`.execute(db.kysely)
  return rows
}

/** The values of an expression for the newest events, as text, most frequent first. */
export async function listValues(
  db: Db,
  filter: EventFilter,
  expression: Expression,
  limit: number,
): Promise<readonly string[]> {
  const read = await withColumns(db, await newest(db, filter), expression)
  const property = eventProperty(await db.shared.isDistributed(), read.columns)
  const events = (await selectEvents(db, read, expression)).select(labelSql(expression, property).as('label'))
  const { rows } = await sql<{ label: string }>`
    select label from (${events}) as found group by label order by count(*) desc, ${inByteOrder('label')} limit ${limit}
  `.execute(db.kysely)
  return rows.map((row) => row.label)
}

/** The texts of a column in the same order in every database: the order of a locale is of the database. */
function inByteOrder(column: string): RawBuilder<string> {
  return sql`${sql.ref(column)} collate "C"`
}

/** A property of profiles, with the most frequent type of its values. */
export interface PropertyType extends NamedCount {
  readonly type: 'string' | 'number' | 'boolean' | 'datetime' | 'object' | 'list'
}

/** The properties of a project's user profiles, each with the number of profiles that have it, most frequent first. */
export async function listProfileProperties(
  db: Db,
  projectId: number,
  limit: number,
): Promise<readonly PropertyType[]> {
  const { rows } = await db.pool.query<PropertyType>(LIST_PROFILE_PROPERTIES, [projectId, DATETIME, limit])
  return rows
}

const DATETIME = '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2})?$'
const LIST_PROFILE_PROPERTIES = `
  with typed as (
    select name, case
        when jsonb_typeof(value) = 'array' then 'list'
        when jsonb_typeof(value) = 'string' and value #>> '{}' ~ $2 then 'datetime'
        else jsonb_typeof(value)
      end as type
    from profile, jsonb_each(profile.properties) as property (name, value)
    where profile.project_id = $1 and profile.group_key = '' and jsonb_typeof(value) <> 'null'
  ),
  counted as (select name, type, count(*) as profiles from typed group by name, type)
  select name, sum(profiles)::double precision as count, (array_agg(type order by profiles desc, type))[1] as type
  from counted group by name order by sum(profiles) desc, name collate "C" limit $3`
