import type { Json } from '../json.ts'
import { type KeptRecord, keepRecord } from './kept-record.ts'
import type { Note } from './note.ts'
import { type NoteContext, toVerdict, type Verdict } from './verdict.ts'

/** Verdicts that are kept of a request: a project keeps no more. */
const MAX_VERDICTS = 10_000
/** Characters of records that are kept with them. */
const MAX_RECORD_CHARS = 4_194_304

/** Gathers the verdicts of one request, as many as may be kept. */
export class RequestVerdicts {
  readonly verdicts: Verdict[] = []
  #chars = 0

  /** Adds the notes on a record, or on the request where there is none. */
  add(notes: readonly Note[], context: Omit<NoteContext, 'record'>, record?: Json): void {
    if (notes.length === 0 || this.verdicts.length >= MAX_VERDICTS) return
    const kept = record === undefined ? undefined : this.#keep(record, notes.length)
    for (const note of notes.slice(0, MAX_VERDICTS - this.verdicts.length)) {
      this.verdicts.push(toVerdict(note, { ...context, record: kept }))
    }
  }

  /** Each verdict has the record beside it. */
  #keep(record: Json, times: number): KeptRecord {
    const kept = keepRecord(record, this.#chars < MAX_RECORD_CHARS)
    this.#chars += kept.text.length * times
    return kept
  }
}
