import { type RawBuilder, sql } from 'kysely'
import type { Project } from '../core/project.ts'

/** The parts of a project that reading depends on. */
export type ReadProject = Pick<Project, 'id' | 'idManagement'>

/** True if a link also applies to earlier events: in all identity systems but Legacy (IDL-02). */
export function isRetroactive(project: ReadProject): boolean {
  return project.idManagement !== 'legacy'
}

/** The canonical id of the user that an id belongs to, as SQL: the id itself if it is not linked. */
export function canonicalOf(project: ReadProject, distinctId: string): RawBuilder<string> {
  return sql`coalesce(
    (select canonical from identity
     where identity.project_id = ${project.id} and identity.distinct_id = ${distinctId}),
    ${distinctId}
  )`
}

/**
 * The ids under which the events of users are stored, as an SQL array. In: one or more ids of each user. On Legacy the
 * result is the ids given.
 */
export function membersOf(
  project: ReadProject,
  distinctIds: readonly string[],
): RawBuilder<readonly string[]> {
  return isRetroactive(project) ? idsOfUsers(project, distinctIds) : sql`${distinctIds}::text[]`
}

/** All ids of users, as an SQL array. In: one or more ids of each user. */
export function idsOfUsers(
  project: ReadProject,
  distinctIds: readonly string[],
): RawBuilder<readonly string[]> {
  return sql`(
    with asked as (
      select coalesce(identity.canonical, named.id) as canonical
      from unnest(${distinctIds}::text[]) as named (id)
      left join identity on identity.project_id = ${project.id} and identity.distinct_id = named.id
    )
    select array_agg(distinct ids.id) from (
      select canonical from asked
      union all
      select member.distinct_id from identity as member
      where member.project_id = ${project.id} and member.canonical in (select canonical from asked)
    ) as ids (id)
  )`
}
