import { undecodableFinding } from '../core/judge/undecodable.ts'
import { SMALL_BYTES } from '../core/limits.ts'
import { replyToOversize } from '../core/respond/errors.ts'
import { untilItHolds } from './commit.ts'
import type { Endpoint, HasToken } from './endpoint.ts'
import { findProjects } from './find-projects.ts'
import { judgeRecords } from './judge-records.ts'
import type { AnyOutcome } from './judged-request.ts'
import { refuseAll, refuseBeyondLimits, refuseUnread } from './refuse.ts'
import { allFindings, type IngestDeps, type Ingested, type IngestRequest } from './request.ts'

/**
 * Takes a request of /track, /import, /engage or /groups from its decoded form to its answer. These are the steps, in
 * their order, for all of them; an Endpoint says what differs.
 */
export async function ingest<Valid extends HasToken, Refusal, Taken extends AnyOutcome>(
  endpoint: Endpoint<Valid, Refusal, Taken>,
  request: IngestRequest,
  deps: IngestDeps,
): Promise<Ingested> {
  const { origin, decoded } = request
  const { payload } = decoded
  const findings = [...origin.findings, ...endpoint.findingsOn(decoded)]
  const asked = { endpoint: endpoint.path, findings, sender: origin.ip }
  // What cannot be read counts for one record (RTL-08).
  const { records, length: sentBytes } = payload.ok ? payload.value : { records: [], length: 0 }
  const load = { records: payload.ok ? records.length : 1, bytes: sentBytes, urlBytes: origin.urlBytes }

  // Validate: the form of each record.
  const checked = await deps.slices.map(records, sentBytes > SMALL_BYTES, (record) => {
    return { record, valid: endpoint.validate(record) }
  })

  // Find the projects that the good records are for, and refuse what is beyond their limits, or cannot be read.
  const { projects, heldBack } = await findProjects(endpoint, checked, deps.projects)
  const [project] = projects.values()
  const beyond = refuseBeyondLimits(projects.values(), load, deps)
  if (beyond !== undefined) return await refuseUnread(deps, { ...asked, project }, beyond)
  if (!payload.ok) {
    const plan = replyToOversize(payload.error.code) ?? endpoint.replyToNothing(payload.error, request)
    return await refuseUnread(deps, { ...asked, project }, { plan, why: undecodableFinding(payload.error) })
  }
  const refused = project && endpoint.refuseAll?.(records, project)
  if (refused !== undefined) return await refuseAll(deps, { ...asked, project, records }, refused)

  // Judge each record by itself, then decide who is who and commit: anew where a project has changed in between.
  const committed = await untilItHolds(deps, async () => {
    const judged = await judgeRecords(endpoint, { request, checked, findings, sentBytes, heldBack }, deps)
    return { judged, outcome: await endpoint.commit(judged, deps) }
  })
  if ('refusal' in committed) {
    return { reply: committed.refusal, records: [], findings: allFindings(findings, []) }
  }
  const { judged, outcome } = committed
  if (outcome.kind === 'refused') return await refuseUnread(deps, { ...asked, project }, outcome.beyond)

  // Answer.
  const reply = endpoint.reply(
    outcome.records.map((record) => record.outcome),
    request,
  )
  return { reply, records: outcome.records, findings: allFindings(judged.findings, outcome.records) }
}
