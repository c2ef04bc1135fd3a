import type { DecodedRequest } from '../core/decode/request.ts'
import { isCallbackName } from '../core/respond/track.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'

/** The findings on the form of a request of /track, /engage or /groups (TRK-03, TRK-12). */
export function formFindings({ params, payload }: DecodedRequest): readonly Finding[] {
  const findings = []
  if (payload.ok && payload.value.isNonstandardBase64) findings.push(finding('payload.base64_nonstandard'))
  const callback = params.get('callback')
  if (callback !== undefined && !isCallbackName(callback)) findings.push(finding('track.callback_rejected'))
  return findings
}
