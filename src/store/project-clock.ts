import { sql } from 'kysely'
import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'
import { PROJECT_COLUMNS, toProject } from './projects.ts'

/**
 * Sets how far a project's clock is ahead of the server's, in ms; 0 gives it back. As a new version of the project:
 * what a server has judged by the old clock, and not committed yet, it judges again. Undefined if unknown.
 */
export async function setClockOffset(
  db: Db,
  publicId: number,
  offsetMs: number,
): Promise<Project | undefined> {
  return await db.kysely.transaction().execute(async (tx) => {
    // As a change of the project: waits for inserts under way, and holds up those that come.
    await tx.selectFrom('project').select('id').where('public_id', '=', publicId).forUpdate().execute()
    const row = await tx
      .updateTable('project')
      .set({ clock_offset_ms: offsetMs, version: sql<number>`version + 1` })
      .where('public_id', '=', publicId)
      .returning(PROJECT_COLUMNS)
      .executeTakeFirst()
    return row === undefined ? undefined : toProject(row)
  })
}
