import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { compactDay, nextDayWithEvents } from '../store/duplicates.ts'
import { inIdentityTransaction } from '../store/locks.ts'
import { findProject } from '../store/projects.ts'
import { withRetry } from '../store/tx.ts'

interface Compacted {
  /** Days that had events. */
  readonly days: number
  readonly removed: number
}

const FIRST_DAY = '0001-01-01'

/**
 * Removes the duplicates that Mixpanel's compaction would remove, of one day or of all (DDP-04). In: the day as
 * yyyy-mm-dd.
 */
export async function compact(
  project: Project,
  day: string | undefined,
  { db }: { readonly db: Db },
): Promise<Result<Compacted, 'unknown_project' | 'no_day'>> {
  if (day !== undefined && !isDay(day)) return err('no_day')
  let [days, removed] = [0, 0]
  let next = await nextDayWithEvents(db, project, day ?? FIRST_DAY)
  while (next !== undefined && (day === undefined || next === day)) {
    const gone = await compactOne(project, next, db)
    if (gone === undefined) return err('unknown_project')
    days++
    removed += gone
    const after = new Date(Date.parse(next) + MS_PER_DAY).toISOString().slice(0, 10)
    next = await nextDayWithEvents(db, project, after)
  }
  return ok({ days, removed })
}

/** Compacts a day in a transaction. Out: the number of removed events; undefined if the project does not exist. */
async function compactOne(project: Project, day: string, db: Db): Promise<number | undefined> {
  for (;;) {
    const current = await findProject(db, { publicId: project.publicId })
    if (current === undefined) return undefined
    const removed = await withRetry(
      () => inIdentityTransaction(db, [current], (tx) => compactDay(tx, current, day)),
      () => undefined,
    )
    // Undefined: the project changed between the two statements, so try again.
    if (removed !== undefined) return removed
  }
}

function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && text >= FIRST_DAY && new Date(ms).toISOString().startsWith(text)
}
