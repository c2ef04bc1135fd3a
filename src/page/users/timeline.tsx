import { useSignal } from '@preact/signals'
import { listEvents } from '../api/routes.ts'
import type { StoredEvent, User } from '../api/types.ts'
import { previewOf } from '../live/live-line.tsx'
import { itemOf } from '../live/row.ts'
import { linkTo } from '../state/route.ts'
import { useLoaded } from '../ui/loaded.ts'
import { countText, exactTime } from '../ui/time.ts'
import { FlowTable } from './flow-table.tsx'

const STEP = 50
/** The API's maximum of events per page. */
const MAX_EVENTS = 1_000

/** The events of a user under all its ids, most recently received first, fifty at a time. */
export function Timeline({ token, user }: { readonly token: string; readonly user: User }) {
  const {
    distinct_id,
    events: { count },
  } = user
  const limit = useSignal(STEP)
  const query = { distinct_id, order: 'newest', limit: limit.value }
  const answer = useLoaded(`${token} ${distinct_id}`, `${count} ${limit.value}`, () =>
    listEvents(token, query),
  )
  const events = answer?.ok ? answer.value.events : []
  const isMore = answer?.ok === true && answer.value.next !== null
  return (
    <section class="card" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Events</h2>
      {answer?.ok === false && (
        <p class="error" role="alert">
          {answer.error.detail}
        </p>
      )}
      {answer?.ok && events.length === 0 && <p class="hint">No events.</p>}
      {events.length > 0 && <EventTable events={events} />}
      {isMore && (
        <p class="actions">
          {limit.value < MAX_EVENTS ? (
            <button
              type="button"
              onClick={() => {
                limit.value = Math.min(MAX_EVENTS, limit.value * 2)
              }}
            >
              Show more
            </button>
          ) : (
            'The export and the API have the others.'
          )}
          <span class="hint">
            The newest {countText(events.length)} of {countText(count)}, by arrival.
          </span>
        </p>
      )}
    </section>
  )
}

function EventTable({ events }: { readonly events: readonly StoredEvent[] }) {
  const rows = events.map((stored) => {
    const { time, event, insert_id, original_distinct_id } = stored
    const preview = previewOf(stored.properties)
    return {
      key: `${time}|${insert_id}|${event}|${original_distinct_id}`,
      cells: [
        <a key="event" href={linkTo({ view: 'live', item: itemOf(stored) })}>
          {event}
        </a>,
        <time key="time">{exactTime(time)}</time>,
        <span key="id" class="id">
          {original_distinct_id}
        </span>,
        preview === '' ? (
          ''
        ) : (
          <span key="properties" class="hint preview">
            {preview}
          </span>
        ),
      ],
    }
  })
  return (
    <FlowTable
      caption="Events, the newest first"
      isCaptionUnseen
      heads={['Event', 'Time', 'Sent under', 'Properties']}
      rows={rows}
    />
  )
}
