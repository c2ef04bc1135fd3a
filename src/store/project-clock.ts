import { sql } from 'kysely'
import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'
import { changeProject } from './locks.ts'
import { keepShown } from './pending-merges.ts'
import { PROJECT_COLUMNS, toProject } from './projects.ts'

/**
 * Sets how far a project's clock is ahead of the server's, in ms; 0 resets it. This makes a new version of the project,
 * so that records judged by the old clock and not yet committed are judged again. In: also the server's time, in ms
 * since the epoch. Out: undefined if the project is unknown.
 */
export async function setClockOffset(
  db: Db,
  publicId: number,
  offsetMs: number,
  serverNowMs: number,
): Promise<Project | undefined> {
  return await changeProject(db, publicId, async (tx, id) => {
    const found = await tx
      .selectFrom('project')
      .select(PROJECT_COLUMNS)
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const row = await tx
      .updateTable('project')
      .set({ clock_offset_ms: offsetMs, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .returning(PROJECT_COLUMNS)
      .executeTakeFirstOrThrow()
    const project = toProject(row)
    await keepShown(tx, toProject(found), project, serverNowMs)
    return project
  })
}
