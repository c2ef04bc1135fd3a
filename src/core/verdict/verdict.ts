import { toStorable } from '../normalise/text.ts'
import { CATALOGUE, type VerdictCode } from './catalogue.ts'
import { type CatalogueEntry, OUTCOMES, type Outcome, type Severity } from './entry.ts'
import type { KeptRecord } from './kept-record.ts'
import type { Note } from './note.ts'

/** What became of a record, as far as an outcome of the catalogue depends on it. */
export type Fate = 'stored' | 'dropped' | 'skipped' | 'rejected'

/** A note in words (VRD-01). */
export interface Told {
  readonly outcome: Outcome
  readonly code: VerdictCode
  readonly severity: Severity
  readonly message: string
  readonly advice: string
  readonly rule: string
}

/** A verdict as it is kept. */
export interface Verdict {
  /** 0 where no project could be found. */
  readonly projectId: number
  /** Ms since the epoch. */
  readonly receivedAtMs: number
  /** The path that the record came to. */
  readonly endpoint: string
  readonly note: Note
  readonly outcome: Outcome
  readonly severity: Severity
  /** Every id that the record names. */
  readonly ids: readonly string[]
  /** The record as received, as JSON; null for a verdict on the request. */
  readonly record: string | null
  /** Its place in the request; null for a verdict on the request. */
  readonly recordIndex: number | null
  /** Where no project could be found: whoever sent it, as something that tells senders apart. */
  readonly sender: string | null
}

/** Where a note comes from. */
export interface NoteContext {
  readonly projectId: number
  readonly receivedAtMs: number
  readonly endpoint: string
  /** Undefined for the request itself. */
  readonly record?: KeptRecord | undefined
  readonly recordIndex?: number | undefined
  readonly fate: Fate
  readonly sender?: string | undefined
}

/** The verdict that is kept of a note. */
export function toVerdict(note: Note, context: NoteContext): Verdict {
  const { record, projectId } = context
  const values = Object.fromEntries(
    Object.entries(note.values).map(([name, value]) => [
      name,
      typeof value === 'string' ? kept(value) : value,
    ]),
  )
  return {
    projectId,
    receivedAtMs: context.receivedAtMs,
    endpoint: context.endpoint,
    note: { ...note, values },
    outcome: outcomeOf(note, context.fate),
    severity: note.severity ?? CATALOGUE[note.code].severity,
    // Nobody asks for those of no project by id.
    ids: projectId === 0 ? [] : (record?.ids ?? []),
    record: record?.text ?? null,
    recordIndex: context.recordIndex ?? null,
    sender: context.sender ?? null,
  }
}

/** A note in words: the catalogue's sentences with the note's values in their places. */
export function tell(note: Note, fate: Fate): Told {
  const severity = note.severity ?? CATALOGUE[note.code].severity
  return tellKept(note.code, note.values, outcomeOf(note, fate), severity)
}

/** The same for a verdict that was kept. */
export function tellKept(
  code: VerdictCode,
  values: Note['values'],
  outcome: Outcome,
  severity: Severity,
): Told {
  const { message, advice, rule } = CATALOGUE[code]
  return { outcome, code, severity, message: fill(message, values), advice: fill(advice, values), rule }
}

/** The catalogue's outcome, unless the record's fate says more: what is stored was neither dropped nor rejected. */
function outcomeOf(note: Note, fate: Fate): Outcome {
  const { outcome }: CatalogueEntry = CATALOGUE[note.code]
  const isLost = outcome === 'dropped' || outcome === 'rejected'
  if (fate === 'stored') return isLost ? 'no_effect' : outcome
  if (outcome === 'no_effect' && fate !== 'rejected') return outcome
  if (fate === 'dropped') return isLost ? outcome : 'dropped'
  return 'rejected'
}

/** What became of a record, all its notes together (VRD-01). */
export function outcomeOfRecord(fate: Fate, notes: readonly Note[]): Outcome {
  const all = notes.map((own) => OUTCOMES.indexOf(outcomeOf(own, fate)))
  const least = fate === 'stored' ? 'stored' : fate === 'dropped' ? 'no_effect' : 'rejected'
  return OUTCOMES[Math.max(OUTCOMES.indexOf(least), ...all)] ?? least
}

/** The note by which a record's outcome is what it is; undefined where no note says so. */
export function decisiveNote(fate: Fate, notes: readonly Note[]): Note | undefined {
  const outcome = outcomeOfRecord(fate, notes)
  return notes.find((own) => outcomeOf(own, fate) === outcome)
}

function fill(sentence: string, values: Note['values']): string {
  return sentence.replace(/\{(\w+)\}/g, (_match, name: string) => String(values[name] ?? ''))
}

/** A value as it can be stored: what a sender has written may be of any length, and hold what Postgres cannot. */
function kept(value: string): string {
  return toStorable(value.length > MAX_VALUE_CHARS ? `${value.slice(0, MAX_VALUE_CHARS)}…` : value)
}

const MAX_VALUE_CHARS = 255
