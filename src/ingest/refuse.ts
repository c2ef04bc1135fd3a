import type { Json } from '../core/json.ts'
import type { Project } from '../core/project.ts'
import { tooBusy, tooLongUrl } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Soon } from '../core/soon.ts'
import { finding } from '../core/verdict/finding.ts'
import { commitEvents, untilItHolds } from './commit.ts'
import type { RefusedAll } from './endpoint.ts'
import type { JudgedRequest } from './judged-request.ts'
import { allFindings, type BeyondLimits, type IngestDeps, type Ingested } from './request.ts'

/** A request that is refused before its records are judged. */
export type UnreadRequest = Pick<
  JudgedRequest,
  'endpoint' | 'findings' | 'sender' | 'project' | 'wholeRecord'
>

/** What counts against the limits of projects. */
interface Load {
  /** Of the payload, which counts against rate limits (RTL-01). */
  readonly records: number
  readonly bytes: number
  readonly urlBytes: number
}

/**
 * Counts a request against the limits of its projects. Out: the refusal if its URL is too long for one of them (TRK-25)
 * or exceeds a rate limit (TRK-27, IMP-30); it names the longest wait.
 */
export function refuseBeyondLimits(
  projects: ReadonlyMap<string, Project>,
  load: Load,
  deps: Pick<IngestDeps, 'limits' | 'clock'>,
): Soon<BeyondLimits | undefined> {
  const [only] = projects.values()
  if (only === undefined) return undefined
  if (projects.size > 1) return refuseBeyondAny(projects, load, deps)
  const tooLong = refuseUrl(only, load)
  if (tooLong !== undefined) return tooLong
  const taking = take(only, load, deps)
  return taking instanceof Promise ? taking.then(refuseUntil) : refuseUntil(taking)
}

async function refuseBeyondAny(
  projects: ReadonlyMap<string, Project>,
  load: Load,
  deps: Pick<IngestDeps, 'limits' | 'clock'>,
): Promise<BeyondLimits | undefined> {
  let waitS: number | undefined
  for (const project of projects.values()) {
    const tooLong = refuseUrl(project, load)
    if (tooLong !== undefined) return tooLong
    const wait = await take(project, load, deps)
    if (wait !== undefined) waitS = Math.max(waitS ?? 0, wait)
  }
  return refuseUntil(waitS)
}

function refuseUrl({ settings }: Project, { urlBytes }: Load): BeyondLimits | undefined {
  const limit = settings.max_url_bytes
  if (limit === null || urlBytes <= limit) return undefined
  const what = `a URL of ${urlBytes} bytes`
  return { plan: tooLongUrl(limit), why: finding('limit.request_too_large', { what, limit }) }
}

function take(
  project: Project,
  { records, bytes }: Load,
  { limits, clock }: Pick<IngestDeps, 'limits' | 'clock'>,
): Soon<number | undefined> {
  const amounts = { ingestion_events_per_second: records, ingestion_bytes_per_minute: bytes }
  return limits.take(project, amounts, clock())
}

function refuseUntil(waitS: number | undefined): BeyondLimits | undefined {
  return waitS === undefined ? undefined : { plan: tooBusy(waitS), why: finding('limit.rate') }
}

/** Refuses a request before its records are judged, and stores a verdict with the reason. */
export async function refuseUnread(
  deps: IngestDeps,
  request: UnreadRequest,
  { plan, why }: BeyondLimits,
): Promise<Ingested> {
  return await answerUnread(deps, { ...request, findings: [...request.findings, why] }, plan)
}

/** Answers a request before its records are judged, and stores its findings. */
export async function answerUnread(
  deps: IngestDeps,
  request: UnreadRequest,
  reply: ReplyPlan,
): Promise<Ingested> {
  await keepVerdicts(deps, request, [])
  return { reply, records: [], findings: allFindings(request.findings, [], 'rejected') }
}

/** Refuses all records of a request because of one (IDS-22); each gets a verdict. */
export async function refuseAll(
  deps: IngestDeps,
  { records, ...request }: UnreadRequest & { readonly records: readonly Json[] },
  { reply, outcome }: RefusedAll,
): Promise<Ingested> {
  const judged = records.map((record) => ({ record, project: request.project, outcome }))
  await keepVerdicts(deps, request, judged)
  return { reply, records: judged, findings: allFindings(request.findings, judged) }
}

/** The answer does not depend on whether the verdicts can be stored: no record of the request is accepted. */
async function keepVerdicts(
  deps: IngestDeps,
  request: UnreadRequest,
  records: JudgedRequest['records'],
): Promise<void> {
  const refused = {
    ...request,
    receivedAtMs: deps.clock(),
    records,
    sentBytes: 0,
    outcomeKind: 'rejected',
  } as const
  await untilItHolds(deps, { judge: () => refused, commit: (judged) => commitEvents(judged, deps) })
}
