import type { VerdictCode } from './catalogue.ts'

/**
 * Something worth telling the developer about one record: a code of the catalogue with the values its
 * sentence needs. Notes cost nothing on the happy path: a plain stored event has none (VRD-03).
 */
export interface Note {
  readonly code: VerdictCode
  readonly values: Readonly<Record<string, string | number>>
}

/** Makes a note. */
export function note(code: VerdictCode, values: Note['values'] = {}): Note {
  return { code, values }
}
