import type { Project } from '../core/project.ts'
import { storeUnavailable, tooBusy, tooLongUrl } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import { isAway, isTransient } from '../store/errors.ts'
import type { CommitOutcome } from './commit-queue.ts'
import { decideUnlocked, learnDecided } from './decide-unlocked.ts'
import { countsDays } from './hot-shards.ts'
import type { IngestDeps, Ingested } from './ingest.ts'
import { applyDecisions, type JudgedRecord, type JudgedRequest, projectsOf } from './judged.ts'

/** Records as they were decided and committed, or the answer where nothing could be (429, 503). */
export type Committed<Refusal> =
  | { readonly records: readonly JudgedRecord<Refusal>[] }
  | { readonly refusal: ReplyPlan }

/** Judging again after a project changed under it; more than a few changes in a row are no accident. */
const MAX_JUDGEMENTS = 5

/**
 * Judges, decides and commits until the commit holds: a project that changed in between makes the judgement
 * stale. `judge` must ask for the projects anew.
 */
export async function judgeAndCommit<Refusal>(
  deps: IngestDeps,
  judge: () => Promise<JudgedRequest<Refusal>>,
): Promise<Committed<Refusal>> {
  return await untilItHolds(deps, async () => {
    const request = await judge()
    return { projects: projectsOf(request), outcome: await decideAndCommit(request, deps) }
  })
}

/** What a commit came to, and of which projects it was. */
export interface Attempt<T> {
  readonly projects: readonly Project[]
  readonly outcome: { readonly records: T } | NotCommitted
}

/** Tries to commit until it holds: a project that changed in between is asked for anew. */
export async function untilItHolds<T>(
  deps: Pick<IngestDeps, 'projects'>,
  attempt: () => Promise<Attempt<T>>,
): Promise<{ readonly records: T } | { readonly refusal: ReplyPlan }> {
  try {
    for (let judgements = 0; judgements < MAX_JUDGEMENTS; judgements++) {
      const { projects, outcome } = await attempt()
      if ('records' in outcome) return outcome
      if (outcome.kind === 'full') return { refusal: tooBusy() }
      if (outcome.kind === 'unavailable') return { refusal: storeUnavailable() }
      deps.projects.forget(projects)
    }
    return { refusal: tooBusy() }
  } catch (error) {
    if (isAway(error)) return { refusal: storeUnavailable() }
    if (isTransient(error)) return { refusal: tooBusy() }
    throw error
  }
}

/**
 * Keeps findings on a request whose records were not looked at, and answers it. What cannot be kept is not worth
 * another answer: nothing of the request was taken.
 */
export async function answerUnread(
  deps: IngestDeps,
  request: Omit<JudgedRequest<never>, 'records' | 'receivedAtMs' | 'outcomeKind'>,
  reply: ReplyPlan,
): Promise<Ingested> {
  const unread = { ...request, receivedAtMs: deps.clock(), records: [], outcomeKind: 'rejected' } as const
  await judgeAndCommit(deps, async () => unread)
  const findings = request.findings.map((finding) => ({
    index: undefined,
    finding,
    outcomeKind: 'rejected' as const,
  }))
  return { reply, records: [], findings }
}

/** The part of a request that counts against the limits of projects. */
export interface Load {
  /** Of the payload, which counts against rate limits (RTL-01). */
  readonly records: number
  readonly bytes: number
  readonly urlBytes: number
}

/** The answer to a request that is beyond a project's limits, and what to tell of it. */
export interface BeyondLimits {
  readonly plan: ReplyPlan
  readonly why: Finding
}

/**
 * Counts a request against the limits of the projects that it is for. Out: the refusal when its URL is longer than one
 * of them takes (TRK-25), or a rate limit is used up (TRK-27, IMP-30), else undefined.
 */
export function refuseBeyondLimits(
  deps: IngestDeps,
  projects: Iterable<Project>,
  { records, bytes, urlBytes }: Load,
): BeyondLimits | undefined {
  let waitS: number | undefined
  for (const project of projects) {
    const limit = project.settings.max_url_bytes
    if (limit !== null && urlBytes > limit) {
      const what = `a URL of ${urlBytes} bytes`
      return { plan: tooLongUrl(limit), why: finding('limit.request_too_large', { what, limit }) }
    }
    const amounts = { ingestion_events_per_second: records, ingestion_bytes_per_minute: bytes }
    const wait = deps.limits.take(project, amounts, deps.clock())
    if (wait !== undefined) waitS = Math.max(waitS ?? 0, wait)
  }
  return waitS === undefined ? undefined : { plan: tooBusy(waitS), why: finding('limit.rate') }
}

async function decideAndCommit<Refusal>(
  request: JudgedRequest<Refusal>,
  { db, commits, memory }: IngestDeps,
): Promise<{ readonly records: readonly JudgedRecord<Refusal>[] } | NotCommitted> {
  const unlocked = countsDays(request) ? undefined : await decideUnlocked(request, db.pool, memory)
  if (unlocked === undefined) {
    const outcome = await commits.identity.submit(request)
    return outcome.kind === 'committed' ? applyDecisions(request, outcome.result) : outcome
  }
  const decided = applyDecisions(request, unlocked.decisions)
  const { events, verdicts } = decided
  if (events.length === 0 && verdicts.length === 0) return decided
  const projects: readonly Project[] = projectsOf(request)
  const outcome = await commits.unlocked.submit({
    events,
    verdicts,
    firstSeenIds: unlocked.firstSeenIds,
    projects,
  })
  if (outcome.kind !== 'committed') return outcome
  learnDecided(memory, unlocked.decided)
  return decided
}

type NotCommitted = Exclude<CommitOutcome<never>, { kind: 'committed' }>
