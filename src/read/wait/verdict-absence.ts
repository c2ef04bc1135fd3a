import type { Project } from '../../core/project.ts'
import type { Db } from '../../store/db.ts'
import { readEventPage } from '../../store/event-page.ts'
import { readVerdicts, type VerdictRow } from '../../store/verdicts.ts'
import { COMPARED, MAX_SHOWN, messageOf, names, readLostVerdicts } from './absence.ts'
import { quote, type Reason } from './answer.ts'
import { showRow } from './find.ts'
import type { WantedVerdicts } from './query.ts'

/** Why a verdict has not come: from the newest events, and the other verdicts. */
export async function explainVerdicts(
  wanted: WantedVerdicts,
  matched: readonly object[],
  project: Project,
  db: Db,
): Promise<Reason> {
  const rows = await readEventPage(db, { project, isDeduplicated: true, isNewestFirst: true }, MAX_SHOWN)
  const ofProject = await readVerdicts(db, { project, isNewestFirst: true }, COMPARED)
  const own = ofProject
    .filter((row) => row.outcome !== 'stored' || row.code === wanted.code)
    .filter((row) => row.code !== wanted.code || !isOnUser(wanted, row))
    .toSorted((a, b) => nearnessOf(wanted, b) - nearnessOf(wanted, a))
  const lost = (await readLostVerdicts(project, db)).filter((row) => isOnUser(wanted, row))
  const isEmpty = rows.length === 0 && ofProject.length === 0
  return {
    text: textOf(wanted, project, own[0], { isEmpty, hasMatches: matched.length > 0 }),
    nearest: rows.map((row) => ({
      shown: { ...showRow(row, project), differences: [] },
      label: quote(row.event),
      difference: '',
    })),
    verdicts: [...own, ...lost].slice(0, MAX_SHOWN),
    isJudged: own.length > 0,
    elsewhere: [],
  }
}

function isOnUser({ distinctId }: WantedVerdicts, verdict: VerdictRow): boolean {
  return distinctId === undefined || names(verdict, distinctId)
}

/** The verdict that was waited for on another user comes before another one on the user. */
function nearnessOf(wanted: WantedVerdicts, verdict: VerdictRow): number {
  return (verdict.code === wanted.code ? 2 : 0) + (isOnUser(wanted, verdict) ? 1 : 0)
}

function textOf(
  { code, distinctId = '' }: WantedVerdicts,
  { token }: Project,
  nearest: VerdictRow | undefined,
  { isEmpty, hasMatches }: { readonly isEmpty: boolean; readonly hasMatches: boolean },
): string {
  if (isEmpty) return `No record has reached this project. Its token is ${quote(token)}.`
  if (nearest === undefined) return `${hasMatches ? 'No other' : 'No'} record has the verdict ${code}.`
  if (nearest.code === code) return `${code} is on a record that does not name ${quote(distinctId)}.`
  return `code: expected ${quote(code)}, got ${quote(nearest.code)}. ${messageOf(nearest)}`
}
