import type { ComponentChildren } from 'preact'
import type { ExplainedRecord, Explanation } from '../../api/explain.shape.ts'
import type { Mode } from '../api/types.ts'
import { MODE_NAMES, MODES } from '../projects/modes.ts'
import { OutcomeMark } from '../ui/marks.tsx'
import { Table } from '../ui/table.tsx'
import { idsOf, OwnerName } from './mode-column.tsx'

/** What differs between the identity systems: a question a row, with an answer of each. */
export function Differences({ explanation }: { readonly explanation: Explanation }) {
  const { differences, modes } = explanation
  return (
    <section class="differences" aria-labelledby="differences-title">
      <h2 id="differences-title">Differences</h2>
      {differences.length === 0 ? (
        <p>None: the three identity systems do the same with these records.</p>
      ) : (
        <Table
          caption="Differences by question"
          heads={['Question', ...MODES.map((mode) => MODE_NAMES[mode])]}
        >
          {differences.map(({ record_index: index }) =>
            index === null ? (
              <UsersRow key="users" modes={modes} />
            ) : (
              <RecordRow key={index} index={index} modes={modes} />
            ),
          )}
        </Table>
      )}
    </section>
  )
}

interface RowProps {
  readonly question: string
  readonly answerOf: (mode: Mode) => ComponentChildren
}

function Row({ question, answerOf }: RowProps) {
  return (
    <tr>
      <th scope="row">{question}</th>
      {MODES.map((mode) => (
        <td key={mode} data-head={MODE_NAMES[mode]}>
          <div>{answerOf(mode)}</div>
        </td>
      ))}
    </tr>
  )
}

function UsersRow({ modes }: Pick<Explanation, 'modes'>) {
  const answerOf = (mode: Mode) =>
    modes[mode]?.users.map((user) => (
      <p key={user.distinct_id} class="id">
        {idsOf(user).join(' = ')}
      </p>
    ))
  return <Row question="Who are the users?" answerOf={answerOf} />
}

interface RecordRowProps {
  readonly index: number
  readonly modes: Explanation['modes']
}

function RecordRow({ index, modes }: RecordRowProps) {
  const records = MODES.flatMap((mode) => modes[mode]?.records[index] ?? [])
  const [record] = records
  if (record === undefined) return null
  const [question, answer] = ask(records)
  const answerOf = (mode: Mode) => {
    const ofMode = modes[mode]?.records[index]
    return ofMode && answer(ofMode)
  }
  return (
    <Row question={`${question} record ${index + 1}, ${record.event ?? 'no event'}?`} answerOf={answerOf} />
  )
}

type Answer = (record: ExplainedRecord) => ComponentChildren

/** The question that a record is answered differently to: what becomes of it, else whom it is of, else what is told. */
function ask(records: readonly ExplainedRecord[]): readonly [question: string, answer: Answer] {
  const differ = (of: (record: ExplainedRecord) => unknown) => new Set(records.map(of)).size > 1
  if (differ(({ outcome }) => outcome)) return ['What happens to', showOutcome]
  if (differ(({ distinct_id }) => distinct_id)) return ['Which user gets', showOwner]
  return ['Which verdicts are given on', showCodes]
}

const showOwner: Answer = ({ distinct_id }) => (distinct_id === null ? '–' : <OwnerName id={distinct_id} />)

const showOutcome: Answer = (record) => (
  <span class="actions">
    <OutcomeMark outcome={record.outcome} />
    {record.distinct_id !== null && <span>for {showOwner(record)}</span>}
  </span>
)

const showCodes: Answer = ({ verdicts }) =>
  verdicts.length === 0 ? 'None' : <span class="id">{verdicts.map(({ code }) => code).join(', ')}</span>
