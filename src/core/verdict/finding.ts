import type { CATALOGUE, VerdictCode } from './catalogue.ts'
import type { Severity } from './entry.ts'

/**
 * Something about a record that its sender should know: a code of the catalogue with the values for its sentence. A
 * plain stored event has none, so findings cost nothing on the happy path (VRD-03).
 */
export interface Finding {
  readonly code: VerdictCode
  readonly values: Readonly<Record<string, Value>>
  /** Set if this case is more or less severe than the catalogue says. */
  readonly severity?: Severity
}

/** A finding on a query, with the ids it concerns. */
export interface FindingOnIds {
  readonly finding: Finding
  readonly ids: readonly string[]
}

/**
 * Makes a finding. The values are those of the slots in the code's sentences; where the code may be one of several,
 * those of all their slots. The compiler refuses a call that lacks one, or that spells out another.
 */
export function finding(code: CodeWithoutSlots): Finding
export function finding<Code extends CodeWithSlots>(
  code: Code,
  values: ValuesOf<Code>,
  severity?: Severity,
): Finding
export function finding(code: VerdictCode, values: Finding['values'] = {}, severity?: Severity): Finding {
  return severity === undefined ? { code, values } : { code, values, severity }
}

type Value = string | number

/** Values that no sentence shows. */
interface UnseenValues {
  /** Whose event is awaited: kept for `identity.no_event_after_identify` (IDS-24). */
  readonly 'identity.identify_noop': { readonly device?: Value; readonly user?: Value }
}

/** The names in the braces of a sentence: `'a' | 'b'` of `'{a} and {b}.'`. */
export type SlotsOf<Sentence extends string> = Sentence extends `${string}{${infer Slot}}${infer Rest}`
  ? Slot | SlotsOf<Rest>
  : never

type Slots = { readonly [Code in VerdictCode]: SlotsOf<(typeof CATALOGUE)[Code]['message' | 'advice']> }

type CodeWithSlots = { [Code in VerdictCode]: [Slots[Code]] extends [never] ? never : Code }[VerdictCode]

type CodeWithoutSlots = Exclude<VerdictCode, CodeWithSlots>

type ValuesOf<Code extends VerdictCode> = Readonly<Record<Slots[Code], Value>> &
  (Code extends keyof UnseenValues ? UnseenValues[Code] : unknown)
