import type { RecordOutcome } from '../core/judge/outcome.ts'
import { undecodableFinding } from '../core/judge/undecodable.ts'
import { SMALL_BYTES } from '../core/limits.ts'
import { replyToOversize } from '../core/respond/errors.ts'
import { untilItHolds } from './commit.ts'
import { checkRecord, type Endpoint, type HasToken } from './endpoint.ts'
import { findProjects } from './find-projects.ts'
import { judgeRecords } from './judge-records.ts'
import type { AnyOutcome, JudgedRequest } from './judged-request.ts'
import { refuseAll, refuseBeyondLimits, refuseUnread } from './refuse.ts'
import { allFindings, type IngestDeps, type Ingested, type IngestRequest } from './request.ts'

/**
 * Takes a request of /track, /import, /engage or /groups from its decoded form to its answer. The steps are the same
 * for all of them; an Endpoint says what differs. `http/routes/ingest.ts` reads and decodes the body before, and sends
 * the answer afterwards.
 */
export async function ingest<Valid extends HasToken, Refusal, Taken extends AnyOutcome>(
  endpoint: Endpoint<Valid, Refusal, Taken>,
  request: IngestRequest,
  deps: IngestDeps,
): Promise<Ingested> {
  const { origin, decoded } = request
  const { payload } = decoded
  const onAddress = endpoint.locatesByAddress(decoded.params) ? origin.findingsOnAddress() : []
  const findings = [...origin.findings, ...endpoint.findingsOn(decoded), ...onAddress]
  // An unreadable payload counts as one record (RTL-08).
  const { records, length: sentBytes } = payload.ok ? payload.value : { records: [], length: 0 }
  const load = { records: payload.ok ? records.length : 1, bytes: sentBytes, urlBytes: origin.urlBytes }

  // Validate the form of each record (TRK-18, ENG-03, GRP-02).
  const checking = deps.slices.map(records, sentBytes > SMALL_BYTES, (record) =>
    checkRecord(endpoint, record),
  )
  const checked = checking instanceof Promise ? await checking : checking

  // Find the projects of the records (TRK-21, TRK-22, DEC-05).
  const looking = findProjects(endpoint, checked, deps.projects)
  let found = looking instanceof Promise ? await looking : looking
  const [project] = found.ofValid.values()
  const unread = { endpoint: endpoint.path, findings, sender: origin.ip, project }

  // Refuse what exceeds a limit (TRK-25, TRK-27, IMP-30), cannot be read (TRK-13, IMP-32) or imported (IDS-22).
  const limiting = refuseBeyondLimits(found.ofValid, load, deps)
  const beyond = limiting instanceof Promise ? await limiting : limiting
  if (beyond !== undefined) return await refuseUnread(deps, unread, beyond)
  if (!payload.ok) {
    const plan = replyToOversize(payload.error.code) ?? endpoint.replyToNothing(payload.error, request)
    return await refuseUnread(deps, unread, { plan, why: undecodableFinding(payload.error) })
  }
  const refused = project && endpoint.refuseAll?.(records, project)
  if (refused !== undefined) {
    const { partly } = payload.value
    return await refuseAll(deps, { ...unread, records, wholeRecord: partly?.parse }, refused)
  }

  // Judge each record on its own, decide identity, and commit; again if a project has changed in between (GEN-07).
  const attempt = {
    judge: () => judgeRecords(endpoint, { request, checked, findings, sentBytes, found }, deps),
    commit: (judged: JudgedRequest<RecordOutcome<Refusal, Taken>>) => endpoint.commit(judged, deps),
    renew: async () => {
      found = await findProjects(endpoint, checked, deps.projects, found)
    },
  }
  const committed = await untilItHolds(deps, attempt)
  if ('refusal' in committed) {
    return { reply: committed.refusal, records: [], findings: allFindings(findings, []) }
  }
  const { judged, outcome } = committed
  if (outcome.kind === 'refused') return await refuseUnread(deps, unread, outcome.beyond)

  // Answer; the findings are for the verdict header and `explain=1` (VRD-04).
  const reply = endpoint.reply(
    outcome.records.map((record) => record.outcome),
    request,
  )
  return { reply, records: outcome.records, findings: allFindings(judged.findings, outcome.records) }
}
