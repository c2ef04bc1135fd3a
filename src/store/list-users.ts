import { type RawBuilder, sql } from 'kysely'
import { DEVICE_PREFIX } from '../core/identity/model.ts'
import type { JsonObject } from '../core/json.ts'
import type { Db } from './db.ts'
import { MAX_COUNTED_EVENTS, statsOf, statsOnWorkers, toCount } from './event-stats.ts'
import { isRetroactive, type ReadProject } from './members.ts'
import { idsInRange, SCANNED_AT_ONCE } from './user-ids.ts'

/** A user in a list. */
export interface UserRow {
  readonly canonical: string
  readonly distinctIds: readonly string[]
  /** Of more than MAX_COUNTED_EVENTS, the number of those that were counted. */
  readonly events: number
  readonly hasMoreEvents: boolean
  /** The time of the last event, in ms since the epoch; null without events. */
  readonly lastMs: number | null
  readonly profile: JsonObject | null
}

/** A page of users, and the place after which the next page starts; undefined on the last page. */
export interface UserPage<Place> {
  readonly users: readonly UserRow[]
  readonly next: Place | undefined
}

/** Maximum ids scanned for one page, which may therefore have fewer users than the limit. */
const MAX_SCANNED = 20_000
/** Maximum ids listed per user. */
const MAX_LISTED_IDS = 1_000

/** A range of ids: greater than `after` and, unless `before` is undefined, smaller than that. */
interface IdRange {
  readonly after: string
  readonly before: string | undefined
}

/** The least text that is greater than every text that begins with DEVICE_PREFIX. */
const BEYOND_DEVICES = `${DEVICE_PREFIX.slice(0, -1)};`
/**
 * All ids in the order of the list: devices come last. In simplified projects these are the ids that may be linked, and
 * thousands of linked ones, which are not listed, would otherwise have to be skipped before the first user.
 */
const RANGES: readonly IdRange[] = [
  { after: '', before: DEVICE_PREFIX },
  { after: BEYOND_DEVICES, before: undefined },
  { after: DEVICE_PREFIX, before: BEYOND_DEVICES },
]

/**
 * A page of the users that have an event, a profile or a link, by canonical id in byte order, devices last. Out: the
 * users, and the id after which the next page starts; undefined on the last page.
 */
export async function readUserPage(
  db: Db,
  project: ReadProject,
  after: string,
  limit: number,
): Promise<UserPage<string>> {
  const ids: string[] = []
  let left = rangesAfter(after)
  // One more, to see whether there is a next page.
  for (let read = 0; ids.length <= limit && read < MAX_SCANNED; read += SCANNED_AT_ONCE) {
    const [range, ...others] = left
    if (range === undefined) break
    const found = await findUserIds(db, project, range, limit + 1 - ids.length)
    ids.push(...found.ids)
    left = found.last === undefined ? others : [{ ...range, after: found.last }, ...others]
  }
  const shown = ids.slice(0, limit)
  const next = ids.length > limit ? shown.at(-1) : left[0]?.after
  return { users: await describeUsers(db, project, shown), next }
}

/** What follows an id in the order of the list. */
function rangesAfter(after: string): readonly IdRange[] {
  const at = after.startsWith(DEVICE_PREFIX) ? 2 : after < DEVICE_PREFIX ? 0 : 1
  const [first, ...others] = RANGES.slice(at)
  return first === undefined ? [] : [{ ...first, after: after === '' ? first.after : after }, ...others]
}

/** Up to `limit` ids of users in a range, and the last id scanned; undefined at the end of the range. */
async function findUserIds(
  db: Db,
  project: ReadProject,
  { after, before }: IdRange,
  limit: number,
): Promise<{ readonly ids: readonly string[]; readonly last: string | undefined }> {
  const isBefore = (id: RawBuilder<unknown>) => (before === undefined ? sql`true` : sql`${id} < ${before}`)
  const isDistributed = await db.shared.isDistributed()
  const found = idsInRange({ project, after, isBefore, limit }, isDistributed)
  const { rows } = await sql<{ id: string | null; last: string | null }>`
    ${found},
    page as (
      select ids.id from ids, bound where bound.last is null or ids.id <= bound.last
      order by ids.id limit ${limit}
    )
    select page.id, bound.last from bound left join page on true order by page.id`.execute(db.kysely)
  const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]))
  const last = ids.length >= limit ? ids.at(-1) : rows[0]?.last
  return { ids, last: last ?? undefined }
}

/** Users as a list shows them. In: their canonical ids, in order. */
export async function describeUsers(
  db: Db,
  project: ReadProject,
  canonicals: readonly string[],
): Promise<readonly UserRow[]> {
  if (canonicals.length === 0) return []
  const values = [project.id, canonicals, isRetroactive(project), MAX_LISTED_IDS, MAX_COUNTED_EVENTS + 1]
  const { rows } = await db.pool.query<DescribedRow>({ ...DESCRIBE_USERS, values })
  return rows.map((row) => {
    const { count, hasMore } = toCount(row)
    const lastMs = row.last === null ? null : Number(row.last)
    return {
      canonical: row.id,
      distinctIds: row.ids,
      events: count,
      hasMoreEvents: hasMore,
      lastMs,
      profile: row.profile,
    }
  })
}

interface DescribedRow {
  readonly id: string
  readonly ids: readonly string[]
  /** Bigints, as text. */
  readonly events: string
  readonly stored: string
  readonly last: string | null
  readonly profile: JsonObject | null
}

const DESCRIBE_USERS = {
  text: `
    select asked.id, members.ids[1:$4] as ids, own.events, own.stored, own.last, (
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
      ${statsOf('(case when $3 then members.ids else array[asked.id] end)', '$1', '$5')}
    ) as own
    order by asked.place`,
  distributed: `
    with links as materialized (
      select distinct_id, canonical, first_seen_seq from identity
      where project_id = $1 and canonical = any($2::text[]) and distinct_id <> canonical
    ),
    profiles as materialized (
      select distinct_id, properties from profile
      where project_id = $1 and group_key = '' and distinct_id = any($2::text[])
    ),
    members as materialized (
      select asked.id, asked.place, array_prepend(asked.id, coalesce(
        array_agg(links.distinct_id order by links.first_seen_seq) filter (where links.distinct_id is not null), '{}'
      )) as ids
      from unnest($2::text[]) with ordinality as asked (id, place)
      left join links on links.canonical = asked.id group by asked.id, asked.place
    ),
    own as materialized (
      select members.id as user_id, own_ids.id
      from members cross join unnest(case when $3 then members.ids else array[members.id] end) as own_ids (id)
    ),
    ${statsOnWorkers('$1', '$5')}
    select members.id, members.ids[1:$4] as ids, coalesce(stats.events, 0) as events,
           coalesce(stats.stored, 0) as stored, stats.last, profiles.properties as profile
    from members left join stats on stats.user_id = members.id
    left join profiles on profiles.distinct_id = members.id
    order by members.place`,
}
