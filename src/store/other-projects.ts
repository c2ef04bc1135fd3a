import type { Db } from './db.ts'

export interface OtherProjectRow {
  readonly publicId: number
  readonly token: string
  readonly event: string
  readonly distinctId: string
  readonly receivedAtMs: number
  /** The project was created by the first use of an unknown token, and is not the one that asks. */
  readonly isStray: boolean
}

/** Conditions on events; an undefined one matches all. */
export interface OtherProjectsFilter {
  readonly event: string | undefined
  readonly distinctId: string | undefined
}

/** How many projects are searched, those with the most recent events, and how many events of each. */
const MAX_PROJECTS = 50
const MAX_EVENTS = 200
/** Of distributed tables each project costs every worker a step: only the newest are asked. */
const MAX_ASKED = 200

/**
 * The newest matching event of each other project, among its last events, newest first. Only events that came since this
 * project was created or last reset. In: `project.id`.
 */
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
    is_stray: boolean
  }>({ ...FIND_IN_OTHER_PROJECTS, values })
  return rows.map((row) => ({
    publicId: row.public_id,
    token: row.token,
    event: row.event,
    distinctId: row.distinct_id,
    receivedAtMs: Number(row.received_at_ms),
    isStray: row.is_stray,
  }))
}

const FIND_IN_OTHER_PROJECTS = {
  name: 'find_in_other_projects',
  text: `
    select other.public_id, other.token, found.event, found.distinct_id, found.received_at_ms,
           other.is_from_token and not own.is_from_token as is_stray
    from project as own
    cross join lateral (
      select id, public_id, token, is_from_token, (select max(seq) from event where project_id = project.id) as last_seq
      from project where id <> own.id
      order by last_seq desc nulls last limit $4
    ) as other
    cross join lateral (
      select newest.* from (
        select seq, event, distinct_id, received_at_ms from event
        where project_id = other.id and seq > own.event_seq_at_start order by seq desc limit $5
      ) as newest
      where ($2::text is null or event = $2) and ($3::text is null or distinct_id = $3)
      order by seq desc limit 1
    ) as found
    where own.id = $1
    order by found.seq desc limit $6`,
  distributed: `
    with own as materialized (
      select id, is_from_token, event_seq_at_start from project where id = $1
    ),
    newest as materialized (
      select * from for_each_id(
        'select $2::integer, max(seq) from event where project_id = $2::integer', $1,
        array(select id::text from project where id <> $1 order by id desc limit ${MAX_ASKED}), null
      ) as newest (id integer, last_seq bigint) order by last_seq desc nulls last limit $4
    ),
    events as materialized (
      select * from for_each_id(
        'select $2::integer, seq, event, distinct_id, received_at_ms from event
         where project_id = $2::integer order by seq desc limit $3',
        $1, array(select id::text from newest where last_seq is not null), $5
      ) as events (id integer, seq bigint, event text, distinct_id text, received_at_ms bigint)
    ),
    found as (
      select distinct on (events.id) events.* from events join own on events.seq > own.event_seq_at_start
      where ($2::text is null or event = $2) and ($3::text is null or distinct_id = $3)
      order by events.id, seq desc
    )
    select other.public_id, other.token, found.event, found.distinct_id, found.received_at_ms,
           other.is_from_token and not own.is_from_token as is_stray
    from found join project as other on other.id = found.id cross join own
    order by found.seq desc limit $6`,
}
