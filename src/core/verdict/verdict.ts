import { toStorable } from '../normalise/text.ts'
import { CATALOGUE, type VerdictCode } from './catalogue.ts'
import { type CatalogueEntry, OUTCOMES, type Outcome, type Severity } from './entry.ts'
import type { Finding } from './finding.ts'
import type { KeptRecord } from './kept-record.ts'

/** The outcome of a record, as far as an outcome of the catalogue depends on it. */
export type OutcomeKind = 'stored' | 'dropped' | 'skipped' | 'rejected'

/** A finding as sentences (VRD-01). */
export interface RenderedVerdict {
  readonly outcome: Outcome
  readonly code: VerdictCode
  readonly severity: Severity
  readonly message: string
  readonly advice: string
  readonly rule: string
}

/** A verdict as it is stored. */
export interface Verdict {
  /** 0 if no project was found. */
  readonly projectId: number
  /** Ms since the epoch. */
  readonly receivedAtMs: number
  /** The path that the record was sent to. */
  readonly endpoint: string
  readonly finding: Finding
  readonly outcome: Outcome
  readonly severity: Severity
  /** Every id that the record names. */
  readonly ids: readonly string[]
  /** The record as received, as JSON; null for a verdict on the request. */
  readonly record: string | null
  /** Its index in the request; null for a verdict on the request. */
  readonly recordIndex: number | null
  /** If no project was found: a key that distinguishes senders; otherwise null. */
  readonly sender: string | null
}

/** Where a finding comes from. */
export interface FindingContext {
  readonly projectId: number
  readonly receivedAtMs: number
  readonly endpoint: string
  /** Undefined for a finding on the request itself. */
  readonly record?: KeptRecord | undefined
  readonly recordIndex?: number | undefined
  readonly outcomeKind: OutcomeKind
  readonly sender?: string | undefined
}

/** The verdict to store for a finding. */
export function toVerdict(finding: Finding, context: FindingContext): Verdict {
  const { record, projectId } = context
  const values = Object.fromEntries(
    Object.entries(finding.values).map(([name, value]) => [
      name,
      typeof value === 'string' ? kept(value) : value,
    ]),
  )
  return {
    projectId,
    receivedAtMs: context.receivedAtMs,
    endpoint: context.endpoint,
    finding: { ...finding, values },
    outcome: outcomeOf(finding, context.outcomeKind),
    severity: finding.severity ?? CATALOGUE[finding.code].severity,
    // Verdicts without a project are never queried by id.
    ids: projectId === 0 ? [] : (record?.ids ?? []),
    record: record?.text ?? null,
    recordIndex: context.recordIndex ?? null,
    sender: context.sender ?? null,
  }
}

/** A finding as sentences: those of the catalogue with the finding's values filled in. */
export function render(finding: Finding, outcomeKind: OutcomeKind): RenderedVerdict {
  const severity = finding.severity ?? CATALOGUE[finding.code].severity
  return renderKept(finding.code, finding.values, outcomeOf(finding, outcomeKind), severity)
}

/** A stored verdict as sentences. */
export function renderKept(
  code: VerdictCode,
  values: Finding['values'],
  outcome: Outcome,
  severity: Severity,
): RenderedVerdict {
  const { message, advice, rule } = CATALOGUE[code]
  return { outcome, code, severity, message: fill(message, values), advice: fill(advice, values), rule }
}

/** The catalogue's outcome, unless the record's own says more: a stored record was neither dropped nor rejected. */
function outcomeOf(finding: Finding, outcomeKind: OutcomeKind): Outcome {
  const { outcome }: CatalogueEntry = CATALOGUE[finding.code]
  const isLost = outcome === 'dropped' || outcome === 'rejected'
  if (outcomeKind === 'stored') return isLost ? 'no_effect' : outcome
  if (outcome === 'no_effect' && outcomeKind !== 'rejected') return outcome
  if (outcomeKind === 'dropped') return isLost ? outcome : 'dropped'
  return 'rejected'
}

/** The outcome of a record, all its findings considered (VRD-01). */
export function outcomeOfRecord(outcomeKind: OutcomeKind, findings: readonly Finding[]): Outcome {
  const all = findings.map((finding) => OUTCOMES.indexOf(outcomeOf(finding, outcomeKind)))
  const least = outcomeKind === 'stored' ? 'stored' : outcomeKind === 'dropped' ? 'no_effect' : 'rejected'
  return OUTCOMES[Math.max(OUTCOMES.indexOf(least), ...all)] ?? least
}

/** The finding that determines a record's outcome; undefined if none does. */
export function decisiveFinding(outcomeKind: OutcomeKind, findings: readonly Finding[]): Finding | undefined {
  const outcome = outcomeOfRecord(outcomeKind, findings)
  return findings.find((finding) => outcomeOf(finding, outcomeKind) === outcome)
}

/** A sentence of the catalogue with `{…}` replaced by values. */
export function fill(sentence: string, values: Finding['values']): string {
  return sentence.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const value = String(values[name] ?? '')
    // An event may be of nobody, under the empty id.
    return name === 'id' && value === '' ? 'no user' : value
  })
}

/** A value as it can be stored: text from a sender may have any length, and contain what Postgres cannot hold. */
function kept(value: string): string {
  return toStorable(value.length > MAX_VALUE_CHARS ? `${value.slice(0, MAX_VALUE_CHARS)}…` : value)
}

const MAX_VALUE_CHARS = 255
