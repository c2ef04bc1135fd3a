import type { Db } from './db.ts'

/** An event of another project. */
export interface OtherProjectRow {
  readonly publicId: number
  readonly token: string
  readonly event: string
  readonly distinctId: string
  readonly receivedAtMs: number
}

/** Which events to look for; absent is whatever there is. */
export interface OtherProjectsFilter {
  readonly event: string | undefined
  readonly distinctId: string | undefined
}

/** How many projects are looked at, those that got something last, and how many events of each. */
const MAX_PROJECTS = 50
const MAX_EVENTS = 200

/** The newest events that match among the last ones of other projects, the newest first. In: the project's id of records. */
export async function findInOtherProjects(
  db: Db,
  projectId: number,
  { event, distinctId }: OtherProjectsFilter,
  limit: number,
): Promise<readonly OtherProjectRow[]> {
  const values = [projectId, event, distinctId, MAX_PROJECTS, MAX_EVENTS, limit]
  const { rows } = await db.pool.query<{
    public_id: number
    token: string
    event: string
    distinct_id: string
    received_at_ms: string
  }>({ ...FIND, values })
  return rows.map((row) => ({
    publicId: row.public_id,
    token: row.token,
    event: row.event,
    distinctId: row.distinct_id,
    receivedAtMs: Number(row.received_at_ms),
  }))
}

const FIND = {
  name: 'find_elsewhere',
  text: `
    select other.public_id, other.token, found.event, found.distinct_id, found.received_at_ms
    from (
      select p.id, p.public_id, p.token, (select max(e.seq) from event e where e.project_id = p.id) as last
      from project p where p.id <> $1
      order by last desc nulls last limit $4
    ) as other
    cross join lateral (
      select own.* from (
        select seq, event, distinct_id, received_at_ms from event
        where project_id = other.id order by seq desc limit $5
      ) as own
      where ($2::text is null or own.event = $2) and ($3::text is null or own.distinct_id = $3)
      order by own.seq desc limit 1
    ) as found
    order by found.seq desc limit $6`,
}
