import { useSignal } from '@preact/signals'
import { listEvents, listVerdicts } from '../api/routes.ts'
import { LiveBuffer } from '../live/buffer.ts'
import { explainRows, isExplainable } from './hand-over.ts'

/** Three columns of more would be too long to read. */
const MAX_RECORDS = 200

interface RecordedProps {
  readonly token: string
  /** Whose records: any id of the user. */
  readonly distinctId?: string
  /** Records that this was told of, the newest of them. */
  readonly code?: string
  readonly words: string
}

/** A button that explains what was recorded of a user, or what a verdict was given on. */
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
        <span class="fault" role="alert">
          {error.value}
        </span>
      )}
    </>
  )
}

/** Reads the records and opens the explain view with them. Out: why there is nothing to explain. */
async function explainRecorded(asked: Omit<RecordedProps, 'words'>): Promise<string | undefined> {
  const { token, distinctId, code } = asked
  const query = { distinct_id: distinctId, limit: MAX_RECORDS }
  const [events, verdicts] = await Promise.all([
    code === undefined ? listEvents(token, query) : undefined,
    listVerdicts(token, code === undefined ? query : { ...query, code, order: 'newest' }),
  ])
  if (events?.ok === false) return events.error.detail
  if (!verdicts.ok) return verdicts.error.detail
  const buffer = new LiveBuffer(2 * MAX_RECORDS)
  buffer.addBacklog(events?.value.events ?? [], verdicts.value.verdicts)
  const rows = buffer.newestFirst().filter(isExplainable)
  if (rows.length === 0) return 'No event among these records: there is nothing to explain.'
  // Of a user the first, which made it what it is; of a code the newest.
  explainRows(code === undefined ? rows.slice(-MAX_RECORDS) : rows.slice(0, MAX_RECORDS), token)
  return undefined
}
