import type { ExplainedRecord, Explanation, ModeExplanation } from '../../api/explain.shape.ts'
import type { IdManagement } from '../../core/identity/model.ts'
import { SEVERITIES, type Severity } from '../../core/verdict/entry.ts'
import { PLAIN, type Style } from '../style.ts'
import { type Row, tabulate, wrap } from '../tabulate.ts'
import { count } from '../words.ts'

const MODE_NAMES: Readonly<Record<IdManagement, string>> = {
  simplified: 'Simplified ID Merge',
  original: 'Original ID Merge',
  legacy: 'Legacy',
}

type RenderedVerdict = ExplainedRecord['verdicts'][number]

/** What is to say about records, and the identity systems that say it. */
interface Note {
  /** From 0. */
  readonly records: readonly number[]
  readonly verdict: RenderedVerdict
  readonly modes: readonly IdManagement[]
}

/** The findings of severity error and warning. */
export function findProblems(explanation: Explanation): readonly Note[] {
  return findNotes(explanation).filter(({ verdict }) => verdict.severity !== 'info')
}

/** The three systems side by side, and then what is to say about the records, the worst first. In: columns. */
export function printExplanation(explanation: Explanation, width: number, style: Style = PLAIN): string {
  const modes = modesOf(explanation)
  const different = new Set(explanation.differences.map(({ record_index }) => record_index))
  const names = (modes[0]?.[1].records ?? []).map(({ event }) => event ?? '(no event)')
  const rows: readonly Row[] = [
    { cells: ['', ...modes.map(([mode]) => MODE_NAMES[mode])], paint: style.strong },
    {
      cells: [labelOf('Users', different.has(null)), ...modes.map(([, { users }]) => describeUsers(users))],
    },
    ...names.map((name, index) => ({
      cells: [
        labelOf(`${index + 1} ${name}`, different.has(index)),
        ...modes.map(([, { records }]) => describeRecord(records[index])),
      ],
      paint: (text: string) => paintRecord(text, style),
    })),
  ]
  const legend = different.size === 0 ? [] : ['', style.dim(`${DIFFERENT} The systems differ.`)]
  const notes = findNotes(explanation).flatMap((note) =>
    describeNote(note, { names, modeCount: modes.length, width, style }),
  )
  const lines = [
    ...tabulate(rows, width),
    ...legend,
    ...notes,
    '',
    conclude(explanation, names.length, style),
  ]
  return `${lines.join('\n')}\n`
}

const DIFFERENT = '≠'

function labelOf(label: string, isDifferent: boolean): string {
  return isDifferent ? `${label} ${DIFFERENT}` : label
}

function modesOf({ modes }: Explanation): readonly (readonly [IdManagement, ModeExplanation])[] {
  const names: readonly IdManagement[] = ['simplified', 'original', 'legacy']
  return names.flatMap((mode) => {
    const explained = modes[mode]
    return explained === undefined ? [] : [[mode, explained] as const]
  })
}

function describeUsers(users: ModeExplanation['users']): string {
  const each = users.map(({ distinct_id, distinct_ids }) => {
    const others = distinct_ids.filter((id) => id !== distinct_id)
    return [distinct_id, ...others].join(' = ')
  })
  return [count(users.length, 'user'), ...each].join('\n')
}

const MARKS: Readonly<Record<ExplainedRecord['outcome'], string>> = {
  stored: '✓',
  changed: '!',
  no_effect: '✗',
  dropped: '✗',
  rejected: '✗',
}

function describeRecord(record: ExplainedRecord | undefined): string {
  if (record === undefined) return ''
  const { outcome, distinct_id: owner } = record
  const words = outcome.replaceAll('_', ' ')
  if (owner === null) return `${MARKS[outcome]} ${words}`
  return `${MARKS[outcome]} ${outcome === 'stored' ? '' : `${words}: `}${owner === '' ? 'no user' : owner}`
}

function paintRecord(text: string, style: Style): string {
  if (text.startsWith('✗')) return style.bad(text)
  if (text.startsWith('!')) return style.warn(text)
  return text.startsWith('✓') ? `${style.good('✓')}${text.slice(1)}` : text
}

/** Everything that is to say, once for all records and systems of which it is said; the worst first. */
function findNotes(explanation: Explanation): readonly Note[] {
  const notes = new Map<string, { records: number[]; verdict: RenderedVerdict; modes: IdManagement[] }>()
  for (const [mode, { records }] of modesOf(explanation)) {
    for (const { record_index, verdicts } of records) {
      for (const verdict of verdicts) {
        const key = JSON.stringify([record_index, verdict])
        const note = notes.get(key) ?? { records: [record_index], verdict, modes: [] }
        note.modes.push(mode)
        notes.set(key, note)
      }
    }
  }
  const joined = new Map<string, Note & { records: number[] }>()
  for (const note of notes.values()) {
    const key = JSON.stringify([note.verdict, note.modes])
    const known = joined.get(key)
    if (known === undefined) joined.set(key, note)
    else known.records.push(...note.records)
  }
  const rank = ({ verdict }: Note) => SEVERITIES.indexOf(verdict.severity)
  return [...joined.values()].sort((a, b) => rank(a) - rank(b) || (a.records[0] ?? 0) - (b.records[0] ?? 0))
}

interface NoteContext {
  /** Of the records. */
  readonly names: readonly string[]
  readonly modeCount: number
  readonly width: number
  readonly style: Style
}

/** How many records of a note are named. */
const MAX_NAMED = 8

function describeNote({ records, verdict, modes }: Note, context: NoteContext): readonly string[] {
  const { names, modeCount, width, style } = context
  const { severity, code, message, advice, rule } = verdict
  const [first = 0] = records
  const numbers = records.slice(0, MAX_NAMED).map((record) => record + 1)
  const more = records.length > MAX_NAMED ? ' …' : ''
  const which =
    records.length === 1
      ? `record ${first + 1} ${names[first] ?? ''}`
      : `records ${numbers.join(', ')}${more}`
  const where = modes.length === modeCount ? '' : `, ${modes.map((mode) => MODE_NAMES[mode]).join(' and ')}`
  const { mark, paint } = lookOf(severity, style)
  const [head = '', ...rest] = wrap(`${severity} in ${which}${where}: ${code} (${rule})`, width - 2)
  return [
    '',
    `${paint(`${mark} ${head}`)}`,
    ...rest.map((line) => paint(`  ${line}`)),
    ...wrap(message, width - 2).map((line) => `  ${line}`),
    ...wrap(advice, width - 2).map((line) => `  ${line}`),
  ]
}

function lookOf(severity: Severity, style: Style) {
  if (severity === 'error') return { mark: '✗', paint: style.bad }
  return severity === 'warning' ? { mark: '!', paint: style.warn } : { mark: 'i', paint: style.dim }
}

function conclude(explanation: Explanation, all: number, style: Style): string {
  const bad = new Set(findProblems(explanation).flatMap(({ records }) => records)).size
  if (bad === 0) {
    return style.good(
      all === 1 ? '✓ The record has no problem.' : `✓ None of the ${count(all)} records has a problem.`,
    )
  }
  if (all === 1) return style.bad('✗ The record has a problem.')
  return style.bad(`✗ ${count(bad)} of ${count(all)} records ${bad === 1 ? 'has' : 'have'} a problem.`)
}
