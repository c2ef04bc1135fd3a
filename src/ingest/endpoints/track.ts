import { isOn, type Params } from '../../core/decode/params.ts'
import type { DecodedRequest } from '../../core/decode/request.ts'
import type { RecordOutcome, StoredOutcome } from '../../core/judge/outcome.ts'
import { judgeTrackRecord } from '../../core/judge/track.ts'
import { invalidTrackFinding, isInvalid } from '../../core/refusals/event.ts'
import { tokenAnywhere } from '../../core/refusals/token.ts'
import { isCallbackName, replyToTrack, wordsOnNothing } from '../../core/respond/track.ts'
import { type TrackRecord, type TrackRefusal, validateTrackRecord } from '../../core/validate/track.ts'
import { type Finding, finding } from '../../core/verdict/finding.ts'
import { commitEvents } from '../commit.ts'
import type { Endpoint } from '../endpoint.ts'

/** /track: events whose tokens name their projects; a refusal is the text that `verbose=1` shows (TRK-01 to TRK-43). */
export const TRACK: Endpoint<TrackRecord, TrackRefusal, StoredOutcome> = {
  path: '/track',
  project: undefined,
  tokenOf: tokenAnywhere,
  findingsOn: (decoded) => [...formFindings(decoded), ...strictFindings(decoded)],
  validate: validateTrackRecord,
  locatesByAddress: (params) => isOn(params.get('ip')),
  identifiesByAddress: (params) => isOn(params.get('ip')),
  judge: judgeTrackRecord,
  findingsOnRefusal: (refusal, record, carrier) => [
    isInvalid(refusal)
      ? invalidTrackFinding(refusal, record, carrier)
      : finding('identity.merge_not_on_track'),
  ],
  observe: ({ valid }, { outcome, project }, { names }) => {
    if (outcome.kind !== 'stored' || project === undefined || !valid.ok) return []
    const { event, properties } = valid.value
    const { distinctId } = outcome.event
    const odd = names.observe(project.id, event, properties, distinctId)
    const isReported = outcome.findings.some(({ code }) => code === 'identity.unprefixed_anonymous')
    if (project.idManagement !== 'simplified' || isReported) return odd
    const unprefixed = names.observeDevice(project.id, properties, distinctId)
    return unprefixed.length === 0 ? odd : [...odd, ...unprefixed]
  },
  silentReason: (outcome) => (outcome.kind === 'rejected' ? outcome.refusal : undefined),
  commit: commitEvents,
  reply: (outcomes, { decoded, mayRedirect }) =>
    replyToTrack(decoded.params, { error: errorOf(outcomes) }, mayRedirect),
  replyToNothing: ({ code }, { decoded, mayRedirect }) =>
    replyToTrack(decoded.params, { error: wordsOnNothing(code) }, mayRedirect),
}

/** What there is to say about the form of a request of /track, /engage or /groups (TRK-03, TRK-12). */
export function formFindings(decoded: DecodedRequest): readonly Finding[] {
  const { params, payload } = decoded
  const findings = misreadFindings(decoded)
  if (payload.ok && payload.value.isNonstandardBase64) findings.push(finding('payload.base64_nonstandard'))
  const callback = params.get('callback')
  if (callback !== undefined && !isCallbackName(callback)) findings.push(finding('track.callback_rejected'))
  return [...findings, ...ipParameterFindings(params)]
}

/** GEO-03: the parameter says whether the request's address is used; it is no address. */
export function ipParameterFindings(params: Params): readonly Finding[] {
  const value = params.get('ip') ?? ''
  if (!/[.:]/.test(value)) return []
  const send = 'Send the address as ip in properties (events) or as $ip (profiles): the parameter is 0 or 1'
  const what = 'as a parameter of the request'
  return [finding('geo.address_unusable', { field: 'ip', value: value.slice(0, 60), what, send })]
}

/** What a form or query made of JSON that was not encoded (TRK-03). */
export function misreadFindings({ misread }: DecodedRequest): Finding[] {
  if (misread === undefined) return []
  return [finding('payload.form_not_encoded', { sent: misread.sent, read: misread.read })]
}

/** TRK-17: it has an effect on /import only. */
function strictFindings({ params }: DecodedRequest): readonly Finding[] {
  return isOn(params.get('strict')) ? [finding('track.strict_ignored')] : []
}

/** The first record's error where none was good, else null (TRK-19). */
function errorOf(outcomes: readonly RecordOutcome<string>[]): string | null {
  const first = outcomes.find((outcome) => outcome.kind === 'rejected')
  const isAnyAccepted = outcomes.some((outcome) => outcome.kind !== 'rejected')
  return isAnyAccepted || first?.kind !== 'rejected' ? null : first.refusal
}
