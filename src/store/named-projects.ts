import { sql } from 'kysely'
import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'
import { PROJECT_COLUMNS, toProject } from './projects.ts'

/** What names a project: its token, or else its public id. */
export interface ProjectName {
  readonly token: string
  readonly publicId: number | undefined
}

/** The projects that have one of these names, in one statement. Out: which of them a name means. */
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
