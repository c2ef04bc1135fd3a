import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { goTo, route } from '../state/route.ts'
import { leaveOnEscape } from '../ui/keys.ts'
import { counted, countText } from '../ui/time.ts'
import { connection, filterText, isPaused, rows, togglePause, waiting } from './store.ts'

/** The filter for problems. */
const PROBLEMS = 'is:problem'
/** A count is announced once it has not changed for this long; in ms. */
const STILL_MS = 1_000

/** The filter of the list, the number of lines, and the pause button. */
export function Toolbar({ count }: { readonly count: number }) {
  const total = rows.value?.length ?? 0
  const words =
    count === total ? counted(total, 'event') : `${countText(count)} of ${counted(total, 'event')}`
  return (
    <div class="toolbar">
      <input
        type="search"
        placeholder="Filter: words, event:, user:, code:, plan=pro"
        aria-label="Filter the records"
        title="Press / to filter, ? for all filters"
        spellcheck={false}
        value={filterText.value}
        onInput={(event) => setFilter(event.currentTarget.value)}
        onKeyDown={leaveOnEscape}
      />
      <span class="count">{words}</span>
      <Spoken text={words} />
      <Problems />
      <button type="button" class="pause" aria-pressed={isPaused.value} onClick={togglePause} title="p">
        {isPaused.value ? `Resume${waiting.value > 0 ? ` · ${countText(waiting.value)} new` : ''}` : 'Pause'}
      </button>
      <ConnectionMark />
    </div>
  )
}

/** Filters the list; the open item stays open, and going back returns to where the user came from. */
export function setFilter(text: string): void {
  const { item } = route.value
  goTo({ view: 'live', item, query: text === '' ? {} : { q: text } }, false)
}

/** Toggles between problems only and everything. */
export function toggleProblems(): void {
  const words = filterText.value.split(/\s+/).filter((word) => word !== '')
  const others = words.filter((word) => word !== PROBLEMS)
  setFilter((others.length < words.length ? others : [...words, PROBLEMS]).join(' '))
}

function Problems() {
  const isOn = filterText.value.split(/\s+/).includes(PROBLEMS)
  return (
    <button type="button" aria-pressed={isOn} onClick={toggleProblems} title="Problems only: x">
      Problems
    </button>
  )
}

/** A text for screen readers, announced only once it stops changing, since it may change ten times a second. */
function Spoken({ text }: { readonly text: string }) {
  const spoken = useSignal('')
  useEffect(() => {
    const timer = setTimeout(() => {
      spoken.value = text
    }, STILL_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <span class="unseen" role="status">
      {spoken.value}
    </span>
  )
}

function ConnectionMark() {
  const state = isPaused.value ? 'paused' : connection.value
  const words = { connecting: 'Connecting', live: 'Live', lost: 'No connection', paused: 'Paused' }[state]
  return (
    <span class={`connection is-${state}`} role="status">
      <span class="dot" aria-hidden="true" /> <span class="words">{words}</span>
    </span>
  )
}
