import type { DecodedRequest } from '../core/decode/request.ts'
import { isCallbackName } from '../core/respond/track.ts'
import { type Note, note } from '../core/verdict/note.ts'

/** What is to be told of the form of a request of /track, /engage or /groups (TRK-03, TRK-12). */
export function formNotes({ params, payload }: DecodedRequest): readonly Note[] {
  const notes = []
  if (payload.ok && payload.value.isNonstandardBase64) notes.push(note('payload.base64_nonstandard'))
  const callback = params.get('callback')
  if (callback !== undefined && !isCallbackName(callback)) notes.push(note('track.callback_rejected'))
  return notes
}
