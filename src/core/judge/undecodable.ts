import type { DecodeError } from '../decode/decode-error.ts'
import { MAX_RECORDS, MAX_REQUEST_BYTES } from '../limits.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/** The finding on a request without usable records (TRK-13, TRK-24, TRK-25). */
export function undecodableFinding({ code, cause, send }: DecodeError): Finding {
  if (code === 'too_large') return tooManyBytesFinding(cause)
  if (code === 'too_many') return finding('limit.request_too_large', { what: cause, limit: MAX_RECORDS })
  return finding('payload.undecodable', { cause, send })
}

/**
 * The finding on a payload over the byte limit (TRK-25, IMP-28). In: a phrase that says what is too large, with its
 * size.
 */
export function tooManyBytesFinding(what: string): Finding {
  return finding('limit.request_too_large', { what, limit: `${MAX_REQUEST_BYTES} bytes` })
}
