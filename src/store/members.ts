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
    (select own.canonical from identity as own
     where own.project_id = ${project.id} and own.distinct_id = ${distinctId}),
    ${distinctId}
  )`
}

/**
 * The ids under which the events of a user are stored, as an SQL array; named by any of them. On Legacy that is
 * the one id itself.
 */
export function membersOf(project: ReadProject, distinctId: string): RawBuilder<readonly string[]> {
  if (!isRetroactive(project)) return sql`array[${distinctId}::text]`
  return sql`(
    select array_agg(distinct id) from (
      select asked.canonical as id from (select ${canonicalOf(project, distinctId)} as canonical) as asked
      union all
      select member.distinct_id from identity as member
      where member.project_id = ${project.id} and member.canonical = ${canonicalOf(project, distinctId)}
    ) as ids (id)
  )`
}
