import { computed, signal } from '@preact/signals'
import { route } from '../state/route.ts'
import { LiveBuffer } from './buffer.ts'
import { parseFilter } from './filter.ts'
import type { LiveRow } from './row.ts'
import { type Connection, follow, type Sink } from './source.ts'

/** How many lines are kept. */
export const CAPACITY = 10_000
/** What comes within this time is shown at once. */
const FLUSH_MS = 80

/** The lines that are shown, the newest first; undefined until the first answer. */
export const rows = signal<readonly LiveRow[] | undefined>(undefined)
export const connection = signal<Connection>('connecting')
export const isPaused = signal(false)
/** How many lines have come since the list was paused. */
export const waiting = signal(0)
/** Goes up whenever something has happened in the project; views that show more than lines read again. */
export const changes = signal(0)

export const filterText = computed(() => route.value.query['q'] ?? '')
/** The lines that pass the filter. */
export const matching = computed(() => {
  const all = rows.value ?? []
  return filterText.value.trim() === '' ? all : all.filter(parseFilter(filterText.value))
})

let buffer = new LiveBuffer(CAPACITY)
let following: AbortController | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** Follows a project in place of the one before; undefined follows none. */
export function followProject(token: string | undefined): void {
  following?.abort()
  buffer = new LiveBuffer(CAPACITY)
  rows.value = undefined
  connection.value = 'connecting'
  isPaused.value = false
  waiting.value = 0
  if (token === undefined) return
  const own = new AbortController()
  following = own
  void follow(token, sinkFor(buffer, own.signal), own.signal)
}

function sinkFor(target: LiveBuffer, own: AbortSignal): Sink {
  const isCurrent = () => !own.aborted && buffer === target
  return {
    addBacklog: (events, verdicts) => {
      if (!isCurrent()) return
      const before = target.size
      target.addBacklog(events, verdicts)
      if (isPaused.value) waiting.value += target.size - before
      schedule()
    },
    add: (events, verdicts) => {
      if (!isCurrent()) return
      let added = 0
      for (const event of events) if (target.addEvent(event)) added += 1
      for (const verdict of verdicts) if (target.addVerdict(verdict)) added += 1
      if (isPaused.value) waiting.value += added
      schedule()
    },
    forget: () => {
      if (!isCurrent()) return
      target.clear()
      waiting.value = 0
      schedule()
    },
    touch: schedule,
    setConnection: (state: Connection) => {
      if (isCurrent()) connection.value = state
    },
  }
}

function schedule(): void {
  if (timer !== undefined) return
  timer = setTimeout(() => {
    timer = undefined
    changes.value += 1
    if (!isPaused.value || rows.value === undefined) rows.value = buffer.newestFirst()
  }, FLUSH_MS)
}

/** Stops or starts the list; what comes meanwhile is shown at the next start. */
export function togglePause(): void {
  isPaused.value = !isPaused.value
  waiting.value = 0
  if (!isPaused.value) rows.value = buffer.newestFirst()
}
