import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Queryable } from './db.ts'
import type { Statement } from './forms.ts'

/*
 * What a partition of event has. On one server its projects are found by steps of the index, however many others there
 * are. Workers cannot be asked so: they are asked for all projects that the coordinator knows.
 */

/** The projects with events in a partition as a recursive query `held`, with one step by the index for each. */
const heldProjects = (partition: string) => `
  held (project_id) as (
    (select project_id from ${partition} order by project_id limit 1)
    union all
    select (
      select project_id from ${partition} where ${partition}.project_id > held.project_id order by project_id limit 1
    )
    from held where held.project_id is not null
  )`

/** All projects that may have events, deleted ones included, as a query `known`. */
const KNOWN_PROJECTS = `
  known (project_id) as materialized (select id from project union select project_id from purge)`

/** The projects that are not deleted as a query `kept`, with the time from which they keep events at $1. */
const KEPT_PROJECTS = `
  kept (project_id, from_ms) as materialized (
    select id, coalesce($1::bigint - (settings ->> 'retention_days')::bigint * ${MS_PER_DAY}, -9223372036854775808)
    from project where not exists (select from purge where purge.project_id = project.id)
  )`

/**
 * True if a partition has no event that is to be kept. Of each project no more than one is looked at. In: the time, in ms
 * since the epoch; undefined if every event of a project that is not deleted is to be kept.
 */
export async function isDead(on: Queryable, partition: string, nowMs: number | undefined): Promise<boolean> {
  return (await on.query({ ...findLive(partition), values: [nowMs] })).rowCount === 0
}

const findLive = (partition: string): Statement => ({
  text: `
    with recursive ${heldProjects(partition)}
    select from held
    left join project on project.id = held.project_id
    left join purge on purge.project_id = held.project_id
    where held.project_id is not null and purge.project_id is null and not coalesce((
      select ${partition}.time_ms from ${partition} where ${partition}.project_id = held.project_id
      order by ${partition}.time_ms desc limit 1
    ) < $1::bigint - (project.settings ->> 'retention_days')::bigint * ${MS_PER_DAY}, false)
    limit 1`,
  distributed: `
    with ${KEPT_PROJECTS}
    select from kept join ${partition} as live
      on live.project_id = kept.project_id and live.time_ms >= kept.from_ms
    limit 1`,
})

/** True if more events than some number have times from `fromMs` on, in ms since the epoch. */
export async function hasMoreFrom(
  on: Queryable,
  partition: string,
  fromMs: number,
  count: number,
): Promise<boolean> {
  const { rowCount } = await on.query({ ...findFrom(partition), values: [fromMs, count + 1] })
  return (rowCount ?? 0) > count
}

const findFrom = (partition: string): Statement => ({
  text: `
    with recursive ${heldProjects(partition)}
    select from held cross join lateral (
      select from ${partition} where ${partition}.project_id = held.project_id and ${partition}.time_ms >= $1
      order by ${partition}.time_ms limit $2
    ) as found limit $2`,
  distributed: `
    with ${KNOWN_PROJECTS}
    select from known join ${partition} as later
      on later.project_id = known.project_id and later.time_ms >= $1::bigint
    limit $2`,
})

/** The projects that have events from a time on, in ms since the epoch; on workers, all that may have some. */
export async function projectsFrom(
  on: Queryable,
  partition: string,
  fromMs: number,
): Promise<readonly number[]> {
  const { rows } = await on.query<{ project_id: number }>({ ...findProjects(partition), values: [fromMs] })
  return rows.map(({ project_id }) => project_id)
}

const findProjects = (partition: string): Statement => ({
  text: `
    with recursive ${heldProjects(partition)}
    select project_id from held where exists (
      select from ${partition} as beyond where beyond.project_id = held.project_id and beyond.time_ms >= $1
      order by beyond.time_ms
    )`,
  distributed: `with ${KNOWN_PROJECTS} select project_id from known where $1::bigint is not null`,
})
