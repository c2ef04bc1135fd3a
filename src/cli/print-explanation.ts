import type { ExplainedRecord, Explanation, ModeExplanation } from '../api/explain.shape.ts'
import type { IdManagement } from '../core/identity/model.ts'
import { SEVERITIES } from '../core/verdict/entry.ts'
import { tabulate, wrap } from './tabulate.ts'

const MODE_NAMES: Readonly<Record<IdManagement, string>> = {
  simplified: 'Simplified ID Merge',
  original: 'Original ID Merge',
  legacy: 'Legacy',
}

type RenderedVerdict = ExplainedRecord['verdicts'][number]

/** What is to say about a record, and the identity systems that say it. */
interface Note {
  readonly record: number
  readonly verdict: RenderedVerdict
  readonly modes: IdManagement[]
}

/** The findings of severity error and warning. */
export function findProblems(explanation: Explanation): readonly Note[] {
  return findNotes(explanation).filter(({ verdict }) => verdict.severity !== 'info')
}

/** The three systems side by side, and then what is to say about the records, the worst first. In: columns. */
export function printExplanation(explanation: Explanation, width: number): string {
  const modes = modesOf(explanation)
  const [records = []] = modes.map(([, { records }]) => records)
  const table = tabulate(
    [
      ['', ...modes.map(([mode]) => MODE_NAMES[mode])],
      ['users', ...modes.map(([, explained]) => describeUsers(explained))],
      ...records.map(({ event }, index) => [
        `${index + 1} ${event ?? '(no event)'}`,
        ...modes.map(([, explained]) => describeRecord(explained.records[index])),
      ]),
    ],
    width,
  )
  const notes = findNotes(explanation).flatMap((note) => describeNote(note, modes.length, width))
  return `${[...table, ...notes].join('\n')}\n`
}

function modesOf({ modes }: Explanation): readonly (readonly [IdManagement, ModeExplanation])[] {
  const names: readonly IdManagement[] = ['simplified', 'original', 'legacy']
  return names.flatMap((mode) => {
    const explained = modes[mode]
    return explained === undefined ? [] : [[mode, explained] as const]
  })
}

function describeUsers({ users }: ModeExplanation): string {
  const each = users.map(({ distinct_id, distinct_ids }) => {
    const others = distinct_ids.filter((id) => id !== distinct_id)
    return others.length === 0 ? distinct_id : `${distinct_id} (${others.join(', ')})`
  })
  return [`${users.length}`, ...each].join('\n')
}

function describeRecord(record: ExplainedRecord | undefined): string {
  if (record === undefined) return ''
  const outcome = record.outcome.replaceAll('_', ' ')
  if (record.distinct_id === null) return outcome
  return `${outcome} → ${record.distinct_id === '' ? 'nobody' : record.distinct_id}`
}

/** Everything that is to say about a record, once for all systems that say it; the worst first. */
function findNotes(explanation: Explanation): readonly Note[] {
  const notes = new Map<string, Note>()
  for (const [mode, { records }] of modesOf(explanation)) {
    for (const { record_index, verdicts } of records) {
      for (const verdict of verdicts) {
        const key = JSON.stringify([record_index, verdict])
        const note = notes.get(key) ?? { record: record_index, verdict, modes: [] }
        note.modes.push(mode)
        notes.set(key, note)
      }
    }
  }
  const rank = ({ verdict }: Note) => SEVERITIES.indexOf(verdict.severity)
  return [...notes.values()].sort((a, b) => rank(a) - rank(b) || a.record - b.record)
}

function describeNote({ record, verdict, modes }: Note, modeCount: number, width: number): readonly string[] {
  const { severity, code, message, advice, rule } = verdict
  const where = modes.length === modeCount ? '' : ` on ${modes.map((mode) => MODE_NAMES[mode]).join(', ')}`
  const sentences = [message, advice].flatMap((sentence) => wrap(sentence, width - 2))
  return [
    '',
    `${severity} in record ${record + 1}${where}: ${code} (${rule})`,
    ...sentences.map((line) => `  ${line}`),
  ]
}
