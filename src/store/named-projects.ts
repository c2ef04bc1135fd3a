import { sql } from 'kysely'
import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'
import { PROJECT_COLUMNS, toProject } from './projects.ts'

/** Identifies a project: by its token, or if no project has that token, by its public id. */
export interface ProjectName {
  readonly token: string
  readonly publicId: number | undefined
}

/** Reads the projects with one of these names, in one statement. Out: a function from a name to its project. */
export async function findNamedProjects(
  db: Db,
  names: readonly ProjectName[],
): Promise<(name: ProjectName) => Project | undefined> {
  const tokens = new Set(names.map(({ token }) => token))
  const ids = new Set(names.flatMap(({ publicId }) => publicId ?? []))
  const rows = await db.kysely
    .selectFrom('project')
    .select(PROJECT_COLUMNS)
    .where(({ or, eb }) =>
      or([
        eb('token', '=', sql<string>`any(${[...tokens]}::text[])`),
        eb('public_id', '=', sql<number>`any(${[...ids]}::integer[])`),
      ]),
    )
    .execute()
  const byToken = new Map(rows.map((row) => [row.token, row]))
  const byId = new Map(rows.map((row) => [row.public_id, row]))
  return ({ token, publicId }) => {
    const row = byToken.get(token) ?? (publicId === undefined ? undefined : byId.get(publicId))
    return row && toProject(row)
  }
}
