import type { IdManagement } from '../core/identity/model.ts'
import type { Difference, ExplainedRecord, ModeExplanation } from './explain.shape.ts'

type Modes = Partial<Record<IdManagement, ModeExplanation>>

const MODE_NAMES: Readonly<Record<IdManagement, string>> = {
  simplified: 'on Simplified ID Merge',
  original: 'on Original ID Merge',
  legacy: 'on Legacy ID management',
}

/** Compares the modes: the users first, then record by record. Empty for a single mode. */
export function findDifferences(modes: Modes): readonly Difference[] {
  const users = compare(null, modes, describeUsers, 'These records make ')
  const records = Math.max(0, ...Object.values(modes).map((mode) => mode.records.length))
  const differences = Array.from({ length: records }, (_, index) => {
    const event = Object.values(modes)[0]?.records[index]?.event
    const name = event === undefined || event === null ? '' : ` (${event})`
    return compare(
      index,
      modes,
      (mode) => describeRecord(mode.records[index]),
      `records[${index}]${name} is `,
    )
  })
  return [users, ...differences].filter((difference) => difference !== undefined)
}

function compare(
  index: number | null,
  modes: Modes,
  describe: (mode: ModeExplanation) => string,
  opening: string,
): Difference | undefined {
  const entries = Object.entries(modes).map(
    ([mode, explanation]) => [mode as IdManagement, describe(explanation)] as const,
  )
  if (new Set(entries.map(([, text]) => text)).size < 2) return undefined
  const parts = entries.map(([mode, text]) => `${text} ${MODE_NAMES[mode]}`)
  return {
    record_index: index,
    message: `${opening}${parts.join('; ')}.`,
    modes: Object.fromEntries(entries),
  }
}

function describeUsers({ users }: ModeExplanation): string {
  if (users.length === 0) return 'no user'
  const sets = users.map((user) => `{${user.distinct_ids.toSorted().join(', ')}}`)
  return `${users.length} ${users.length === 1 ? 'user' : 'users'} ${sets.toSorted().join(' ')}`
}

function describeRecord(record: ExplainedRecord | undefined): string {
  if (record === undefined) return 'unknown'
  const codes = record.verdicts.map((verdict) => verdict.code)
  const why = codes.length === 0 ? '' : ` (${codes.join(', ')})`
  return record.distinct_id === null
    ? `${record.outcome}${why}`
    : `${record.outcome} for ${record.distinct_id === '' ? 'nobody' : record.distinct_id}${why}`
}
