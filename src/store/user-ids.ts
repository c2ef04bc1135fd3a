import { type RawBuilder, sql } from 'kysely'
import { appliesTo, isRetroactive, type ReadProject } from './members.ts'

/** Ids scanned by one statement: nearly all pages need no more. */
export const SCANNED_AT_ONCE = 2_000

/** Ids after one, and before another; a limit for links and profiles each. */
interface IdsAsked {
  readonly project: ReadProject
  readonly after: string
  readonly isBefore: (id: RawBuilder<unknown>) => RawBuilder<unknown>
  readonly limit: number
}

const BOUND = sql`
  bound as (
    select case when count(id) >= ${SCANNED_AT_ONCE} then max(id) end as last from scan
  )`

/** The ids of a range as CTEs: `ids`, and the `bound` up to which they are complete; null if they all are. */
export function idsInRange(asked: IdsAsked, isDistributed: boolean): RawBuilder<unknown> {
  return isDistributed ? idsOnWorkers(asked) : idsOnOneServer(asked)
}

function idsOnOneServer({ project, after, isBefore, limit }: IdsAsked): RawBuilder<unknown> {
  const scan = project.idManagement === 'original' ? scanReceivedIds(project) : scanEventIds(project)
  return sql`
    with recursive ${scan(after, isBefore)},
    ${BOUND},
    ids as (
      select scan.id from scan
      left join identity on identity.project_id = ${project.id} and identity.distinct_id = scan.id
        and ${isRetroactive(project)}
      where scan.id is not null and scan.has_events and coalesce(identity.canonical, scan.id) = scan.id
      union
      (${linkedIds({ project, after, isBefore, limit })})
      union
      (${profiledIds({ project, after, isBefore, limit })})
    )`
}

function linkedIds({ project, after, isBefore, limit }: IdsAsked): RawBuilder<unknown> {
  return sql`
    select distinct canonical from identity
    where project_id = ${project.id} and canonical > ${after} and ${isBefore(sql`canonical`)}
      and canonical <> distinct_id
    order by canonical limit ${limit}`
}

function profiledIds(
  { project, after, isBefore, limit }: IdsAsked,
  applies = sql`${isRetroactive(project)}`,
): RawBuilder<unknown> {
  return sql`
    select distinct_id from profile
    where project_id = ${project.id} and group_key = '' and distinct_id > ${after}
      and ${isBefore(sql`distinct_id`)}
      and not exists (
        select from identity
        where identity.project_id = ${project.id} and identity.distinct_id = profile.distinct_id
          and identity.canonical <> identity.distinct_id and ${applies}
      )
    order by distinct_id limit ${limit}`
}

/** The same of distributed tables. Each worker finds the ids that it has, by reading the keys of all of their events. */
function idsOnWorkers(asked: IdsAsked): RawBuilder<unknown> {
  const { project, after, isBefore } = asked
  const received = sql`
    select distinct_id as id, exists (
      select 1 from event where event.project_id = ${project.id} and event.distinct_id = identity.distinct_id
    ) as has_events
    from identity
    where project_id = ${project.id} and distinct_id > ${after} and ${isBefore(sql`distinct_id`)}
      and canonical = distinct_id
    order by distinct_id limit ${SCANNED_AT_ONCE}`
  const sent = sql`
    select distinct distinct_id as id, true as has_events from event
    where project_id = ${project.id} and distinct_id > ${after} and ${isBefore(sql`distinct_id`)}
    order by distinct_id limit ${SCANNED_AT_ONCE}`
  return sql`
    with scan as materialized (${project.idManagement === 'original' ? received : sent}),
    ${BOUND},
    aliases as materialized (
      select distinct_id from identity
      where project_id = ${project.id} and distinct_id in (select id from scan) and canonical <> distinct_id
        and ${isRetroactive(project)}
    ),
    linked as materialized (${linkedIds(asked)}),
    profiled as materialized (${profiledIds(asked, appliesTo(project))}),
    ids as (
      select id from scan where has_events and id not in (select distinct_id from aliases)
      union
      select canonical from linked
      union
      select distinct_id from profiled
    )`
}

type Scan = (after: string, isBefore: (id: RawBuilder<unknown>) => RawBuilder<unknown>) => RawBuilder<unknown>

/** The ids of events as `scan`: steps from one to the next by the index, however many events each has. */
function scanEventIds({ id: projectId }: ReadProject): Scan {
  return (after, isBefore) => sql`
    scan (id, has_events, place) as (
      (select distinct_id, true, 1 from event
       where project_id = ${projectId} and distinct_id > ${after} and ${isBefore(sql`distinct_id`)}
       order by distinct_id limit 1)
      union all
      select (select distinct_id from event
              where project_id = ${projectId} and distinct_id > scan.id and ${isBefore(sql`distinct_id`)}
              order by distinct_id limit 1), true, place + 1
      from scan where scan.id is not null and place < ${SCANNED_AT_ONCE}
    )`
}

/** The canonical ids of an original project as `scan`, where all ids received have a row in `identity`. */
function scanReceivedIds({ id: projectId }: ReadProject): Scan {
  return (after, isBefore) => sql`
    scan (id, has_events) as materialized (
      select users.canonical, exists (
        select from event
        where event.project_id = ${projectId} and event.distinct_id between users.canonical and users.canonical
      )
      from (
        select distinct canonical from identity
        where project_id = ${projectId} and canonical > ${after} and ${isBefore(sql`canonical`)}
        order by canonical limit ${SCANNED_AT_ONCE}
      ) as users
    )`
}
