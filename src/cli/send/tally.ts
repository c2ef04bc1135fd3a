import type { Batch } from './batches.ts'
import { isLost, type Reading } from './read-answer.ts'

/** How many lines of a reason are named. */
const MAX_LINES = 5

/** What was said of records with one code. */
export interface Reason {
  readonly code: string
  readonly outcome: string
  records: number
  /** The first lines of records that it was said of. */
  readonly lines: number[]
  /** As said of the first record. */
  readonly message: string
  readonly advice: string
}

/** What has become of the records so far. */
export class Tally {
  readonly #reasons = new Map<string, Reason>()
  /** Sent batches that come after one that is not yet sent: where they begin and end, in records. */
  readonly #ahead = new Map<number, number>()
  #sent = 0
  #stored = 0
  #reached: number

  /** In: how many records of the file were left out. */
  constructor(skipped: number) {
    this.#reached = skipped
  }

  get sent(): number {
    return this.#sent
  }

  get stored(): number {
    return this.#stored
  }

  /** Of all records of the file, how many at its beginning need not be sent again. */
  get reached(): number {
    return this.#reached
  }

  /** Those of lost records first, and then by their number of records. */
  get reasons(): readonly Reason[] {
    const weight = (reason: Reason) => (isLost(reason) ? 1 : 0)
    return [...this.#reasons.values()].sort((a, b) => weight(b) - weight(a) || b.records - a.records)
  }

  /** Adds an answered batch. */
  add(batch: Batch, { stored, remarks }: Reading): void {
    this.#sent += batch.records.length
    this.#stored += stored
    this.#ahead.set(batch.before, batch.before + batch.records.length)
    for (let end = this.#ahead.get(this.#reached); end !== undefined; end = this.#ahead.get(this.#reached)) {
      this.#ahead.delete(this.#reached)
      this.#reached = end
    }
    for (const { index, outcome, code, message, advice } of remarks) {
      const key = `${outcome} ${code}`
      const reason = this.#reasons.get(key) ?? { code, outcome, records: 0, lines: [], message, advice }
      this.#reasons.set(key, reason)
      reason.records += index === undefined ? batch.records.length : 1
      const line = batch.records[index ?? 0]?.line
      if (line !== undefined) note(reason.lines, line)
    }
  }
}

/** Keeps the lowest lines: batches may be answered in any order. */
function note(lines: number[], line: number): void {
  lines.push(line)
  lines.sort((a, b) => a - b)
  lines.splice(MAX_LINES)
}
