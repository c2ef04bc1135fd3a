import { useSignal } from '@preact/signals'
import { listEvents } from '../api/routes.ts'
import type { StoredEvent, User } from '../api/types.ts'
import { previewOf } from '../live/live-line.tsx'
import { itemOf } from '../live/row.ts'
import { linkTo } from '../state/route.ts'
import { useLoaded } from '../ui/loaded.ts'
import { clockTime, countText, dayOf } from '../ui/time.ts'

const STEP = 50
/** The API's own bound of a page. */
const MAX_EVENTS = 1_000

/** The events of a user under all its ids, the one that arrived last first, fifty more at a time. */
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
        <p class="fault" role="alert">
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
  return (
    <div class="table-frame" role="region" aria-label="Events of the user" tabIndex={0}>
      <table class="list">
        <caption class="unseen">Events, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Event</th>
            <th scope="col">Sent under</th>
            <th scope="col">Properties</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <EventLine
              key={`${event.time}|${event.insert_id}|${event.event}|${event.original_distinct_id}`}
              event={event}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function EventLine({ event: own }: { readonly event: StoredEvent }) {
  const { time, event, original_distinct_id, properties } = own
  return (
    <tr>
      <td>
        {dayOf(time)} {clockTime(time)}
      </td>
      <th scope="row" class="cut is-short">
        <a href={linkTo({ view: 'live', item: itemOf(own) })} title={event}>
          {event}
        </a>
      </th>
      <td class="id cut is-short" title={original_distinct_id}>
        {original_distinct_id}
      </td>
      <td class="hint cut">{previewOf(properties)}</td>
    </tr>
  )
}
