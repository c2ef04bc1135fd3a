import type { DecodeError } from '../decode/decode-error.ts'
import { MAX_RECORDS, MAX_REQUEST_BYTES } from '../limits.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/** What is told of a request in which there is nothing usable (TRK-13, TRK-24, TRK-25). */
export function undecodableFinding({ code, cause }: DecodeError): Finding {
  if (code === 'too_large') return tooManyBytesFinding(cause)
  if (code === 'too_many') return finding('limit.request_too_large', { what: cause, limit: MAX_RECORDS })
  return finding('payload.undecodable', { cause })
}

/** What is told of a payload over the limit of bytes (TRK-25, IMP-28). In: what is so large, with its size. */
export function tooManyBytesFinding(what: string): Finding {
  return finding('limit.request_too_large', { what, limit: `${MAX_REQUEST_BYTES} bytes` })
}
