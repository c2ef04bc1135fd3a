import type { VerdictCode } from './catalogue.ts'
import type { Severity } from './entry.ts'

/**
 * Something worth telling the developer about one record: a code of the catalogue with the values its
 * sentence needs. Notes cost nothing on the happy path: a plain stored event has none (VRD-03).
 */
export interface Note {
  readonly code: VerdictCode
  readonly values: Readonly<Record<string, string | number>>
  /** Where this case is less, or more, severe than the catalogue says. */
  readonly severity?: Severity
}

/** A note on a question, with the ids that it is about. */
export interface NoteOnIds {
  readonly note: Note
  readonly ids: readonly string[]
}

/** Makes a note. */
export function note(code: VerdictCode, values: Note['values'] = {}, severity?: Severity): Note {
  return severity === undefined ? { code, values } : { code, values, severity }
}
