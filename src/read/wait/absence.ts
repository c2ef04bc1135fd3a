import { differencesFrom, distanceOf } from '../../core/near-miss.ts'
import type { Project } from '../../core/project.ts'
import type { Db } from '../../store/db.ts'
import { type EventRow, readEventPage } from '../../store/read-events.ts'
import { readVerdicts, type VerdictRow } from '../../store/verdicts.ts'
import { showEvent } from '../events.ts'
import { showVerdict } from '../verdicts.ts'
import type { WaitQuery } from './query.ts'

/** How much of what came instead is compared, and how much of it is told. */
const COMPARED = 200
const TOLD = 5

/** An event as our own API shows it. */
export function showRow(row: EventRow, project: Project): object {
  return JSON.parse(showEvent(row, project.settings.api_endpoint))
}

/** What came instead of what was waited for, the nearest first, and the verdicts that may explain an absence. */
export async function tellAbsence(
  query: WaitQuery,
  matched: readonly object[],
  project: Project,
  db: Db,
): Promise<object> {
  const rows = await readEventPage(db, { project, isDeduplicated: true, isNewestFirst: true }, COMPARED)
  const nearest = rows
    .map((row) => ({ row, differences: differencesFrom(query, row) }))
    .filter(({ differences }) => query.code !== undefined || differences.length > 0)
    .map(({ row, differences }) => ({ row, differences, distance: distanceOf(differences) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, TOLD)
    .map(({ row, differences }) => ({ ...showRow(row, project), differences }))
  return { matched, nearest, verdicts: await explainAbsence(query, project, db) }
}

/** The newest verdicts on what was not stored, or had no effect: first those that name what was waited for. */
async function explainAbsence(query: WaitQuery, project: Project, db: Db): Promise<readonly object[]> {
  const own = await readVerdicts(db, { project, isNewestFirst: true }, COMPARED)
  const lost = await readVerdicts(db, { project: undefined, isNewestFirst: true }, TOLD)
  return [...own, ...lost]
    .filter((row) => query.code === row.code || row.outcome !== 'stored')
    .toSorted((a, b) => Number(names(query, b)) - Number(names(query, a)))
    .slice(0, TOLD)
    .map(showVerdict)
}

function names({ event, distinctId }: WaitQuery, { record }: VerdictRow): boolean {
  const wanted = [event, distinctId].filter((text) => text !== undefined)
  return record !== null && wanted.some((text) => record.includes(JSON.stringify(text)))
}
