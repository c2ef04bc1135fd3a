import { MAX_STRING_LENGTH } from '../limits.ts'
import { type Note, note } from '../verdict/note.ts'
import { isStorable, lengthIn, type StringLimitUnit, toStorable, truncate } from './text.ts'

/** A text as it is stored, and what had to be done to it. */
export interface FittedText {
  readonly text: string
  readonly notes: readonly Note[]
}

/**
 * A text within the limit of PRP-10 and PRP-11 that Postgres can hold (DEC-07, PRP-18). `property` is what the
 * notes call it.
 */
export function fitText(text: string, property: string, unit: StringLimitUnit): FittedText {
  const cut = truncate(text, MAX_STRING_LENGTH, unit)
  if (cut.length === text.length && isStorable(text)) return { text, notes: [] }
  const notes: Note[] = []
  if (cut.length < text.length) {
    const length = lengthIn(unit, text)
    notes.push(note('value.truncated', { property, length, limit: MAX_STRING_LENGTH }))
  }
  if (!isStorable(cut)) {
    notes.push(note('value.not_storable', { property, what: 'U+0000 or text that is not UTF-8' }))
  }
  // What stands in for a byte is longer than it, so the limit is applied to what is stored.
  return { text: truncate(toStorable(cut), MAX_STRING_LENGTH, unit), notes }
}
