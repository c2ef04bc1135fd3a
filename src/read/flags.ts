import { type FlagContext, idIn } from '../core/flags/context.ts'
import { runtimeEventsOf } from '../core/flags/evaluate.ts'
import type { Flag } from '../core/flags/flag.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import type { Db } from '../store/db.ts'
import { listFlags } from '../store/flags.ts'
import { listEventNames } from '../store/rank-names.ts'

/** The flags of a project, by key, those that are disabled too. */
export async function readFlags(project: Project, db: Db): Promise<readonly Flag[]> {
  return await listFlags(db, project.publicId)
}

/**
 * The runtime events of flags that the user of a context has done, by any id of theirs (FLG-03). Without a project
 * nothing was done.
 */
export async function readDone(
  flags: readonly Flag[],
  context: FlagContext,
  project: Project | undefined,
  db: Db,
): Promise<ReadonlySet<string>> {
  const events = runtimeEventsOf(flags)
  const id = idIn(context, 'distinct_id')
  if (project === undefined || id === undefined || events.length === 0) return new Set()
  const filter = { project, events, distinctIds: [toStorable(id)], isDeduplicated: false }
  return new Set(await listEventNames(db, filter, 'general', events.length))
}
