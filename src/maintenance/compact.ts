import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { compactDay, nextDayWithEvents } from '../store/compaction.ts'
import type { Db } from '../store/db.ts'
import { findProject } from '../store/projects.ts'

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
    const current = await findProject(db, { publicId: project.publicId })
    if (current === undefined) return err('unknown_project')
    days++
    removed += await compactDay(db, current, next)
    const after = new Date(Date.parse(next) + MS_PER_DAY).toISOString().slice(0, 10)
    next = await nextDayWithEvents(db, project, after)
  }
  return ok({ days, removed })
}

function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && text >= FIRST_DAY && new Date(ms).toISOString().startsWith(text)
}
