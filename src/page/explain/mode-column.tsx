import type { ExplainedRecord, ExplainedUser, ModeExplanation } from '../../api/explain.shape.ts'
import type { Mode } from '../api/types.ts'
import { MODE_NAMES } from '../projects/modes.ts'
import { OutcomeMark } from '../ui/marks.tsx'
import { VerdictText } from '../verdicts/verdict-text.tsx'

interface ModeColumnProps {
  readonly mode: Mode
  readonly explanation: ModeExplanation
  /** Indexes of the records whose outcomes differ in another mode; null if the users differ. */
  readonly different: ReadonlySet<number | null>
  /** Shows the other records too. */
  readonly showsSame: boolean
}

/** The mode's name, and the users. */
const ROWS_ABOVE = 2

/** The outcomes of all records in one mode. */
export function ModeColumn({ mode, explanation, different, showsSame }: ModeColumnProps) {
  const { users } = explanation
  const records = explanation.records.filter((record) => showsSame || different.has(record.record_index))
  return (
    // The columns share their rows, so that a record is at the same height in all modes.
    <section
      class="card"
      aria-label={MODE_NAMES[mode]}
      style={{ '--rows': ROWS_ABOVE + Math.max(1, records.length) }}
    >
      <h2>{MODE_NAMES[mode]}</h2>
      <div class={different.has(null) ? 'is-different' : ''}>
        <h3>{users.length === 1 ? '1 user' : `${users.length} users`}</h3>
        {users.map((user) => (
          <UserLine key={user.distinct_id} user={user} />
        ))}
      </div>
      <ol class="records" style={{ '--rows': Math.max(1, records.length) }}>
        {records.map((record) => (
          <RecordLine
            key={record.record_index}
            record={record}
            isDifferent={different.has(record.record_index)}
          />
        ))}
      </ol>
    </section>
  )
}

function UserLine({ user }: { readonly user: ExplainedUser }) {
  const others = user.distinct_ids.filter((id) => id !== user.distinct_id)
  return (
    <p class="id">
      <strong>{user.distinct_id}</strong>
      {others.length > 0 && ` = ${others.join(' = ')}`}
    </p>
  )
}

interface RecordLineProps {
  readonly record: ExplainedRecord
  readonly isDifferent: boolean
}

function RecordLine({ record, isDifferent }: RecordLineProps) {
  const { record_index, event, outcome, distinct_id, verdicts } = record
  return (
    <li class={isDifferent ? 'is-different' : ''}>
      <h3>
        {record_index}. {event ?? 'no event'}
      </h3>
      <p class="actions">
        <OutcomeMark outcome={outcome} />
        {distinct_id !== null && (
          <span>
            for <span class="id">{distinct_id === '' ? 'nobody' : distinct_id}</span>
          </span>
        )}
      </p>
      {verdicts.map((verdict, at) => (
        <VerdictText key={`${verdict.code}|${at}`} verdict={verdict} />
      ))}
    </li>
  )
}
