import { type RawBuilder, sql } from 'kysely'
import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'

/** The parts of a project that reading depends on. */
export type ReadProject = Pick<Project, 'id' | 'idManagement'>

/** True if a link also applies to earlier events: in all identity systems but Legacy (IDL-02). */
export function isRetroactive(project: ReadProject): boolean {
  return project.idManagement !== 'legacy'
}

/**
 * The same as a condition on a joined row of distributed `identity`, as SQL. A join on a constant that is false has no
 * key any more, and Citus refuses it; no first_seen_seq is negative.
 */
export function appliesTo(project: ReadProject): RawBuilder<boolean> {
  return isRetroactive(project) ? sql`true` : sql`identity.first_seen_seq < 0`
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

/** Reads an SQL array of texts. */
export async function readArray(db: Db, array: RawBuilder<readonly string[]>): Promise<readonly string[]> {
  const { rows } = await sql<{ found: readonly string[] | null }>`select ${array} as found`.execute(db.kysely)
  return rows[0]?.found ?? []
}

/** All ids of users, as an SQL array. In: one or more ids of each user. */
export function idsOfUsers(
  project: ReadProject,
  distinctIds: readonly string[],
): RawBuilder<readonly string[]> {
  return sql`(
    with known as materialized (
      select distinct_id, canonical from identity
      where project_id = ${project.id} and distinct_id = any(${distinctIds}::text[])
    ),
    asked as materialized (
      select coalesce(known.canonical, named.id) as canonical
      from unnest(${distinctIds}::text[]) as named (id) left join known on known.distinct_id = named.id
    ),
    members as materialized (
      select member.distinct_id from identity as member
      where member.project_id = ${project.id} and member.canonical in (select canonical from asked)
    )
    select array_agg(distinct ids.id) from (
      select canonical from asked union all select distinct_id from members
    ) as ids (id)
  )`
}
