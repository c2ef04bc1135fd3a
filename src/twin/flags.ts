import type { Flag } from '../core/flags/flag.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { listFlags, replaceFlags } from '../store/flags.ts'
import type { ProjectFault } from './projects.ts'

/** The flags of a project, by key, as an SDK and as a developer are told of them. */
export async function readFlags(project: Project, db: Db): Promise<readonly Flag[]> {
  return await listFlags(db, project.publicId)
}

/** Puts these flags in the place of all that the project has. Error: the project is gone. */
export async function putFlags(
  project: Project,
  flags: readonly Flag[],
  db: Db,
): Promise<Result<readonly Flag[], ProjectFault>> {
  const isKnown = await replaceFlags(db, project.publicId, flags)
  return isKnown ? ok(await listFlags(db, project.publicId)) : err({ code: 'unknown_project' })
}
