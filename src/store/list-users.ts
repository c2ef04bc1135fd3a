import type { JsonObject } from '../core/json.ts'
import type { Db } from './db.ts'
import { isRetroactive, type ReadProject } from './members.ts'

/** A user in a list. */
export interface UserRow {
  readonly canonical: string
  readonly distinctIds: readonly string[]
  readonly events: number
  /** The time of the last event, in ms since the epoch; null without events. */
  readonly lastMs: number | null
  readonly profile: JsonObject | null
}

/** A page of users, and the place after which the next page starts; undefined on the last page. */
export interface UserPage<Place> {
  readonly users: readonly UserRow[]
  readonly next: Place | undefined
}

/** Maximum ids of events scanned for one page, which may therefore have fewer users than the limit. */
const MAX_SCANNED = 2_000
/** Maximum ids listed per user. */
const MAX_LISTED_IDS = 1_000

/**
 * A page of the users that have an event, a profile or a link, by canonical id in byte order. Out: the users, and the id
 * after which the next page starts; undefined on the last page.
 */
export async function readUserPage(
  db: Db,
  project: ReadProject,
  after: string,
  limit: number,
): Promise<UserPage<string>> {
  const { rows } = await db.pool.query<{ id: string | null; last: string | null }>(LIST_USER_IDS, [
    project.id,
    after,
    MAX_SCANNED,
    // One more, to see whether there is a next page.
    limit + 1,
    isRetroactive(project),
  ])
  const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]))
  const shown = ids.slice(0, limit)
  const next = ids.length > limit ? shown.at(-1) : (rows[0]?.last ?? undefined)
  return { users: await describeUsers(db, project, shown), next }
}

/** Steps from one id to the next by the index, so that the number of events per id does not matter. */
const LIST_USER_IDS = `
  with recursive scan (id, place) as (
    (select distinct_id, 1 from event
     where project_id = $1 and distinct_id > $2 order by distinct_id limit 1)
    union all
    select (select distinct_id from event
            where project_id = $1 and distinct_id > scan.id order by distinct_id limit 1), place + 1
    from scan where scan.id is not null and place < $3
  ),
  bound as (
    select case when count(*) filter (where id is not null) >= $3 then max(id) end as last from scan
  ),
  ids as (
    select scan.id from scan
    left join identity on identity.project_id = $1 and identity.distinct_id = scan.id and $5
    where scan.id is not null and coalesce(identity.canonical, scan.id) = scan.id
    union
    (select distinct canonical from identity
     where project_id = $1 and canonical > $2 and canonical <> distinct_id
     order by canonical limit $4)
    union
    (select distinct_id from profile
     where project_id = $1 and group_key = '' and distinct_id > $2
       and not exists (
         select from identity
         where identity.project_id = $1 and identity.distinct_id = profile.distinct_id
           and identity.canonical <> identity.distinct_id and $5
       )
     order by distinct_id limit $4)
  ),
  page as (
    select ids.id from ids, bound where bound.last is null or ids.id <= bound.last order by ids.id limit $4
  )
  select page.id, bound.last from bound left join page on true order by page.id`

/** Users as a list shows them. In: their canonical ids, in order. */
export async function describeUsers(
  db: Db,
  project: ReadProject,
  canonicals: readonly string[],
): Promise<readonly UserRow[]> {
  if (canonicals.length === 0) return []
  const values = [project.id, canonicals, isRetroactive(project), MAX_LISTED_IDS]
  const { rows } = await db.pool.query<DescribedRow>(DESCRIBE_USERS, values)
  return rows.map((row) => {
    const lastMs = row.last === null ? null : Number(row.last)
    return {
      canonical: row.id,
      distinctIds: row.ids,
      events: Number(row.events),
      lastMs,
      profile: row.profile,
    }
  })
}

interface DescribedRow {
  readonly id: string
  readonly ids: readonly string[]
  /** A bigint, as text; so is the next. */
  readonly events: string
  readonly last: string | null
  readonly profile: JsonObject | null
}

const DESCRIBE_USERS = `
  select asked.id, members.ids[1:$4] as ids, own.events, own.last, (
    select properties from profile
    where project_id = $1 and group_key = '' and distinct_id = asked.id
  ) as profile
  from unnest($2::text[]) with ordinality as asked (id, place)
  cross join lateral (
    select array_prepend(asked.id, coalesce(array_agg(distinct_id order by first_seen_seq), '{}')) as ids
    from identity
    where project_id = $1 and canonical = asked.id and distinct_id <> asked.id
  ) as members
  cross join lateral (
    select count(distinct (event, time_ms, insert_id)) as events, max(time_ms) as last from event
    where project_id = $1 and distinct_id = any(case when $3 then members.ids else array[asked.id] end)
  ) as own
  order by asked.place`
