import type { Unusable } from '../decode/unusable.ts'
import { MAX_RECORDS, MAX_REQUEST_BYTES } from '../limits.ts'
import { type Note, note } from '../verdict/note.ts'

/** What is told of a request in which there is nothing usable (TRK-13, TRK-24, TRK-25). */
export function noteUnusable({ code, cause }: Unusable): Note {
  if (code === 'too_large') return noteTooManyBytes(cause)
  if (code === 'too_many') return note('limit.request_too_large', { what: cause, limit: MAX_RECORDS })
  return note('payload.undecodable', { cause })
}

/** What is told of a payload over the limit of bytes (TRK-25, IMP-28). In: what is so large, with its size. */
export function noteTooManyBytes(what: string): Note {
  return note('limit.request_too_large', { what, limit: `${MAX_REQUEST_BYTES} bytes` })
}
