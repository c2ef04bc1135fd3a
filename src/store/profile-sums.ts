import { sql } from 'kysely'
import type { Db } from './db.ts'
import { matching, type ProfileFilter } from './read-profiles.ts'

/** The number of profiles that match a filter. */
export async function countProfiles(db: Db, filter: ProfileFilter): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select count(*)::integer as total from (${matching(filter)}) as found`.execute(db.kysely)
  return rows[0]?.total ?? 0
}

/** What profiles were charged on a day, by their `$transactions`. */
export interface Revenue {
  /** yyyy-mm-dd, as the time of the charge was sent; null for the whole period. */
  readonly day: string | null
  readonly amount: number
  /** How many profiles were charged. */
  readonly paying: number
}

/** The revenue of each day on which something was charged, and of the period. Dates are inclusive. */
export async function sumTransactions(
  db: Db,
  filter: ProfileFilter,
  { fromDate, toDate }: { readonly fromDate: string; readonly toDate: string },
): Promise<readonly Revenue[]> {
  const { rows } = await sql<Revenue>`
    with charged as (
      select profile.distinct_id, left(charge ->> '$time', 10) as day,
        case jsonb_typeof(charge -> '$amount') when 'number' then (charge -> '$amount')::numeric else 0 end as amount
      from profile
      cross join lateral jsonb_array_elements(
        case jsonb_typeof(profile.properties -> '$transactions')
          when 'array' then profile.properties -> '$transactions' else '[]' end
      ) as charge
      where profile.project_id = ${filter.projectId} and profile.group_key = ${filter.groupKey}
        and profile.distinct_id in (${matching(filter)})
    )
    select day, coalesce(sum(amount), 0)::double precision as amount,
      count(distinct distinct_id)::integer as paying
    from charged where day between ${fromDate} and ${toDate}
    group by grouping sets ((day), ())`.execute(db.kysely)
  return rows
}
