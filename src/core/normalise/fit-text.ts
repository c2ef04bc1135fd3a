import { MAX_STRING_LENGTH } from '../limits.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { isStorable, lengthIn, type StringLimitUnit, toStorable, truncate } from './text.ts'

/** A text as it is stored, and findings on what was changed. */
export interface FittedText {
  readonly text: string
  readonly findings: readonly Finding[]
}

const NONE: readonly Finding[] = []

/**
 * A text within the limit of PRP-10 and PRP-11, without characters that Postgres cannot hold (DEC-07, PRP-18).
 * `property` is its name in findings.
 */
export function fitText(text: string, property: string, unit: StringLimitUnit): FittedText {
  const cut = truncate(text, MAX_STRING_LENGTH, unit)
  if (cut.length === text.length && isStorable(text)) return { text, findings: NONE }
  const findings: Finding[] = []
  if (cut.length < text.length) {
    const length = lengthIn(unit, text)
    findings.push(finding('value.truncated', { property, length, limit: MAX_STRING_LENGTH }))
  }
  if (!isStorable(cut)) {
    findings.push(
      finding('value.not_storable', {
        property,
        what: 'U+0000 or text that is not UTF-8',
        effect: 'stored with U+FFFD in its place',
      }),
    )
  }
  // The replacement is longer than the byte it replaces, so the limit applies to the stored text.
  return { text: truncate(toStorable(cut), MAX_STRING_LENGTH, unit), findings }
}
