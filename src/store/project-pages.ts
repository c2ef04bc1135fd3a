import { sql } from 'kysely'
import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'
import { PROJECT_COLUMNS, toProject } from './projects.ts'

export interface ProjectFilter {
  /** A part of the name or the token, ignoring case; undefined for all. */
  readonly search?: string | undefined
  /** Only projects with a greater public id, or a smaller one if the newest come first. */
  readonly after?: number | undefined
  readonly isNewestFirst: boolean
}

export interface ListedProject extends Project {
  /** The token that the project's own may be a slip of; undefined for none. */
  readonly similarTo: string | undefined
}

/** A page of projects, oldest first unless the filter says otherwise. */
export async function readProjectPage(
  db: Db,
  { search, after, isNewestFirst }: ProjectFilter,
  limit: number,
): Promise<readonly ListedProject[]> {
  let query = db.kysely
    .selectFrom('project')
    .select(PROJECT_COLUMNS)
    .select(({ selectFrom }) =>
      selectFrom('project as similar')
        .select('similar.token')
        .whereRef('similar.public_id', '=', 'project.similar_to')
        .as('similar_token'),
    )
  if (after !== undefined) query = query.where('public_id', isNewestFirst ? '<' : '>', after)
  if (search !== undefined) {
    const text = sql`lower(${search}::text)`
    query = query.where(
      sql<boolean>`(position(${text} in lower(name)) > 0 or position(${text} in lower(token)) > 0)`,
    )
  }
  const rows = await query
    .orderBy('public_id', isNewestFirst ? 'desc' : 'asc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...toProject(row), similarTo: row.similar_token ?? undefined }))
}
