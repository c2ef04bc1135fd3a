import { nowOf } from '../../core/clock.ts'
import type { Project } from '../../core/project.ts'
import type { Db } from '../../store/db.ts'
import { resolveDue } from '../verdicts.ts'
import { explainEvents } from './absence.ts'
import { type Reason, toAbsence, type WaitOutcome } from './answer.ts'
import { cutAt } from './cut.ts'
import type { WaitDeps } from './deps.ts'
import type { Found } from './find.ts'
import { explainProfile } from './profile-absence.ts'
import type { WaitQuery } from './query.ts'
import { explainVerdicts } from './verdict-absence.ts'

/** How long it may take to add the verdicts that are due, and to find the reason. It commonly takes 20 ms. */
const RESOLVE_MS = 150
const EXPLAIN_MS = 1_000

/** The answer at the timeout. In: what was found last; undefined if the events could not all be searched in time. */
export async function giveUp(
  query: WaitQuery,
  found: Found | undefined,
  project: Project,
  deps: WaitDeps,
): Promise<WaitOutcome> {
  const matched = found?.matched ?? []
  const shown = { query, project, pageUrl: deps.pageUrl }
  const deadline = AbortSignal.timeout(EXPLAIN_MS)
  const db = deps.reads(deadline)
  const reason = await cutAt(deadline, () =>
    deps.runInQueue(async () => {
      await resolveSoon(project, deps)
      return await explain(query, matched, project, db)
    }),
  )
  const limitation = found === undefined ? NOT_ALL_SEARCHED : undefined
  return { kind: 'absent', body: toAbsence({ ...(reason ?? UNEXPLAINED), limitation }, matched, shown) }
}

async function explain(
  { wanted }: WaitQuery,
  matched: readonly object[],
  project: Project,
  db: Db,
): Promise<Reason> {
  switch (wanted.kind) {
    case 'event':
      return await explainEvents(wanted, matched, project, db)
    case 'verdict':
      return await explainVerdicts(wanted, matched, project, db)
    case 'profile':
      return await explainProfile(wanted, project, db)
  }
}

/** Verdicts on duplicates may explain an absence. */
async function resolveSoon(project: Project, { reads, clock }: WaitDeps): Promise<void> {
  const deadline = AbortSignal.timeout(RESOLVE_MS)
  const db = reads(deadline)
  await cutAt(deadline, () => resolveDue(project, nowOf(project, clock()), db))
}

const NOT_ALL_SEARCHED =
  'There are too many events to search all of them in that time: give a longer timeout_ms, or a distinct_id.'
const UNEXPLAINED: Reason = {
  text: 'What came instead could not be found in time: the server is busy.',
  nearest: [],
  verdicts: [],
  isJudged: false,
  elsewhere: [],
}
