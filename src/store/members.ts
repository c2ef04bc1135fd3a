import { type RawBuilder, sql } from 'kysely'
import type { Project } from '../core/project.ts'

/** A project as far as reading depends on it. */
export type ReadProject = Pick<Project, 'id' | 'idManagement'>

/** True where a link changes whose the earlier events are: everywhere but on Legacy (IDL-02). */
export function isRetroactive(project: ReadProject): boolean {
  return project.idManagement !== 'legacy'
}

/** The canonical id of the user that an id belongs to, as SQL: the id itself where nobody has linked it. */
export function canonicalOf(project: ReadProject, distinctId: string): RawBuilder<string> {
  return sql`coalesce(
    (select canonical from identity
     where identity.project_id = ${project.id} and identity.distinct_id = ${distinctId}),
    ${distinctId}
  )`
}

/**
 * The ids under which the events of users are stored, as an SQL array; each user named by any of its ids. On
 * Legacy those are the very ids.
 */
export function membersOf(
  project: ReadProject,
  distinctIds: readonly string[],
): RawBuilder<readonly string[]> {
  return isRetroactive(project) ? idsOfUsers(project, distinctIds) : sql`${distinctIds}::text[]`
}

/** Every id of users, as an SQL array; each user named by any of its ids. */
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
