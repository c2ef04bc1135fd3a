import { useSignal } from '@preact/signals'
import { listEvents, listVerdicts } from '../api/routes.ts'
import type { Outcome } from '../api/types.ts'
import { LiveBuffer } from '../live/buffer.ts'
import { explainRows, isExplainable } from './hand-over.ts'

/** More would be too long to read in three columns. */
const MAX_RECORDS = 200

interface RecordedProps {
  readonly token: string
  /** Any id of the user who has the records. */
  readonly distinctId?: string
  /** Records with this verdict, newest first. */
  readonly code?: string
  readonly outcome?: Outcome
  readonly words: string
}

/** A button that explains the recorded records of a user, or those with a verdict. */
export function ExplainRecorded({ words, ...asked }: RecordedProps) {
  const error = useSignal('')
  const explain = async () => {
    error.value = (await explainRecorded(asked)) ?? ''
  }
  return (
    <>
      <button type="button" class="small" onClick={() => void explain()}>
        {words}
      </button>
      {error.value !== '' && (
        <span class="error" role="alert">
          {error.value}
        </span>
      )}
    </>
  )
}

/** Loads the records and opens the explain view with them. Out: why there is nothing to explain. */
async function explainRecorded(asked: Omit<RecordedProps, 'words'>): Promise<string | undefined> {
  const { token, distinctId, code, outcome } = asked
  const query = { distinct_id: distinctId, limit: MAX_RECORDS }
  const [events, verdicts] = await Promise.all([
    code === undefined ? listEvents(token, query) : undefined,
    listVerdicts(token, code === undefined ? query : { ...query, code, outcome, order: 'newest' }),
  ])
  if (events?.ok === false) return events.error.detail
  if (!verdicts.ok) return verdicts.error.detail
  const buffer = new LiveBuffer(2 * MAX_RECORDS)
  buffer.addBacklog(events?.value.events ?? [], verdicts.value.verdicts)
  const rows = buffer.newestFirst().filter(isExplainable)
  if (rows.length === 0) return 'No event among these records: there is nothing to explain.'
  // The first records of a user, which made it what it is; the newest with a code.
  explainRows(code === undefined ? rows.slice(-MAX_RECORDS) : rows.slice(0, MAX_RECORDS), token)
  return undefined
}
