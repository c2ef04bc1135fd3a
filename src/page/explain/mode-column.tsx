import type { ExplainedRecord, ExplainedUser, ModeExplanation } from '../../api/explain.shape.ts'
import type { Mode } from '../api/types.ts'
import { MODE_NAMES } from '../projects/modes.ts'
import { Icon } from '../ui/icons.tsx'
import { OutcomeMark } from '../ui/marks.tsx'
import { VerdictText } from '../verdicts/verdict-text.tsx'

interface ModeColumnProps {
  readonly mode: Mode
  /** It is the project's own identity system. */
  readonly isOwn: boolean
  /** It is the one shown where there is room for one only. */
  readonly isChosen: boolean
  readonly explanation: ModeExplanation
  /** Indexes of the records whose outcomes differ in another mode; null if the users differ. */
  readonly different: ReadonlySet<number | null>
  /** Shows the other records too. */
  readonly showsSame: boolean
}

/** The mode's name, and the users. */
const ROWS_ABOVE = 2

/** The users and the outcomes of all records in one identity system. */
export function ModeColumn({ mode, isOwn, isChosen, explanation, different, showsSame }: ModeColumnProps) {
  const { users } = explanation
  const records = explanation.records.filter((record) => showsSame || different.has(record.record_index))
  return (
    // The columns share their rows, so that a record is at the same height in all modes.
    <section
      class={`card ${isChosen ? 'is-chosen' : ''}`}
      aria-label={MODE_NAMES[mode]}
      style={{ '--rows': ROWS_ABOVE + Math.max(1, records.length) }}
    >
      <header class="page-head">
        <h2>{MODE_NAMES[mode]}</h2>
        {isOwn && <span class="mark">This project</span>}
      </header>
      <div class="mode-users">
        <h3>{usersText(users.length)}</h3>
        <ul>
          {users.map((user) => (
            <UserLine key={user.distinct_id} user={user} />
          ))}
        </ul>
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

export function usersText(count: number): string {
  return count === 1 ? '1 user' : `${count} users`
}

/** All ids of a user, the canonical one first. */
export function idsOf({ distinct_id, distinct_ids }: ExplainedUser): readonly string[] {
  return [distinct_id, ...distinct_ids.filter((id) => id !== distinct_id)]
}

function UserLine({ user }: { readonly user: ExplainedUser }) {
  const [canonical, ...others] = idsOf(user)
  return (
    <li>
      <Icon name="user" />
      <span class="id">
        <strong>{canonical}</strong>
        {others.length > 0 && ` = ${others.join(' = ')}`}
      </span>
    </li>
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
        <span class="hint">{record_index + 1}</span> {event ?? 'no event'}
      </h3>
      <p class="actions">
        <OutcomeMark outcome={outcome} />
        {distinct_id !== null && (
          <span>
            for <OwnerName id={distinct_id} />
          </span>
        )}
      </p>
      {verdicts.map((verdict, at) => (
        <VerdictText key={`${verdict.code}|${at}`} verdict={verdict} />
      ))}
    </li>
  )
}

/** The user that a record is of; an empty id is none. */
export function OwnerName({ id }: { readonly id: string }) {
  return id === '' ? <>no user</> : <span class="id">{id}</span>
}
