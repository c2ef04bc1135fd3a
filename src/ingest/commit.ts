import type { RecordOutcome } from '../core/judge/outcome.ts'
import type { ProfileOutcome } from '../core/judge/profile.ts'
import { inKilobytes } from '../core/limits.ts'
import { storeUnavailable, tooBusy, tooManyBytes } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Soon } from '../core/soon.ts'
import { finding } from '../core/verdict/finding.ts'
import { isTransient, isUnreachable } from '../store/errors.ts'
import { applyDecisions } from './apply-decisions.ts'
import { decideUnlocked, learnDecided } from './decide-unlocked.ts'
import type { Committed, NotCommitted } from './endpoint.ts'
import { countsDays } from './hot-shards.ts'
import { type JudgedRequest, projectsOf } from './judged-request.ts'
import { withProfileFindings } from './profile-updates.ts'
import type { BeyondLimits, IngestDeps } from './request.ts'
import { MAX_REWRITE_BYTES, type RewriteRefusal } from './rewrite-budget.ts'
import { IN_STEP } from './turns.ts'

/** How often a request is judged: a project that changes more often in a row is not an accident. */
const MAX_JUDGEMENTS = 5

/** A judged request, and the result of committing it. */
interface Held<Outcome> {
  readonly judged: JudgedRequest<Outcome>
  readonly outcome: Committed<Outcome>
}

/** How a request is judged and committed. */
interface Attempt<Outcome> {
  readonly judge: () => Soon<JudgedRequest<Outcome>>
  readonly commit: (judged: JudgedRequest<Outcome>) => Promise<Committed<Outcome> | NotCommitted>
  /** Finds the projects again. */
  readonly renew?: () => Promise<void>
}

/**
 * Repeats an attempt until its commit is not stale, as it is if a project changed in between. Out: what was committed or
 * refused, or the answer if nothing was (429, 503).
 */
export async function untilItHolds<Outcome>(
  deps: Pick<IngestDeps, 'projects'>,
  { judge, commit, renew }: Attempt<Outcome>,
): Promise<Held<Outcome> | { readonly refusal: ReplyPlan }> {
  try {
    for (let judgements = 0; judgements < MAX_JUDGEMENTS; judgements++) {
      await IN_STEP
      const judging = judge()
      const judged = judging instanceof Promise ? await judging : judging
      await IN_STEP
      const outcome = await commit(judged)
      if (outcome.kind === 'committed' || outcome.kind === 'refused') return { judged, outcome }
      if (outcome.kind === 'full') return { refusal: tooBusy() }
      if (outcome.kind === 'unavailable') return { refusal: storeUnavailable() }
      deps.projects.forget(projectsOf(judged))
      await renew?.()
    }
    return { refusal: tooBusy() }
  } catch (error) {
    if (isUnreachable(error)) return { refusal: storeUnavailable() }
    if (isTransient(error)) return { refusal: tooBusy() }
    throw error
  }
}

/**
 * Makes the identity decisions and writes events and verdicts: without a lock if no identity changes, which is the
 * usual case, else in one transaction under the identity lock.
 */
export async function commitEvents<Refusal>(
  request: JudgedRequest<RecordOutcome<Refusal>>,
  { db, commits, memory }: IngestDeps,
): Promise<Committed<RecordOutcome<Refusal>> | NotCommitted> {
  const deciding = countsDays(request) ? undefined : decideUnlocked(request, db.pool, memory)
  const unlocked = deciding instanceof Promise ? await deciding : deciding
  if (unlocked === undefined) {
    const outcome = await commits.identity.submit(request)
    if (outcome.kind !== 'committed') return outcome
    return { kind: 'committed', records: applyDecisions(request, outcome.result).records }
  }
  const { records, events, verdicts } = applyDecisions(request, unlocked.decisions)
  if (events.length === 0 && verdicts.length === 0) return { kind: 'committed', records }
  const { firstSeenIds, decided, generation } = unlocked
  const batch = { events, verdicts, firstSeenIds, generation, projects: projectsOf(request) }
  const outcome = await commits.unlocked.submit(batch)
  if (outcome.kind !== 'committed') return outcome
  learnDecided(memory, decided)
  return { kind: 'committed', records }
}

/** Applies a request's updates to their profiles and writes these; refused if they exceed the rewrite budget. */
export async function commitUpdates(
  request: JudgedRequest<ProfileOutcome>,
  { commits }: Pick<IngestDeps, 'commits'>,
): Promise<Committed<ProfileOutcome> | NotCommitted> {
  const outcome = await commits.profiles.submit(request)
  if (outcome.kind !== 'committed') return outcome
  const { result } = outcome
  return result.kind === 'applied'
    ? { kind: 'committed', records: withProfileFindings(request, result.findings) }
    : { kind: 'refused', beyond: refuseRewrites(result) }
}

/** The answer to a request that exceeds the rewrite budget, and its finding. */
function refuseRewrites(refusal: RewriteRefusal): BeyondLimits {
  const limit = inKilobytes(MAX_REWRITE_BYTES)
  if (refusal.kind === 'busy') {
    return { plan: tooBusy(refusal.waitS), why: finding('limit.profile_rewrites', { limit }) }
  }
  const what = `Updating ${Math.ceil(refusal.bytes / 1_024)} KB of large profiles`
  return { plan: tooManyBytes(MAX_REWRITE_BYTES), why: finding('limit.request_too_large', { what, limit }) }
}
