import { computed, signal } from '@preact/signals'
import { route } from '../state/route.ts'
import { LiveBuffer } from './buffer.ts'
import { parseFilter } from './filter.ts'
import type { LiveRow } from './row.ts'
import { type Connection, follow, type Sink } from './source.ts'

/** The maximum number of lines. */
const CAPACITY = 10_000
/** Activity within this time is rendered at once. */
const FLUSH_MS = 80

/** The lines, newest first; undefined until the first answer. */
export const rows = signal<readonly LiveRow[] | undefined>(undefined)
export const connection = signal<Connection>('connecting')
export const isPaused = signal(false)
/** The number of lines received since the list was paused. */
export const waiting = signal(0)
/** Increases whenever something has happened in the project; views that show more than lines load again. */
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

/** Follows a project instead of the current one; undefined follows none. */
export function followProject(token: string | undefined): void {
  following?.abort()
  buffer = new LiveBuffer(CAPACITY)
  rows.value = undefined
  connection.value = 'connecting'
  isPaused.value = false
  waiting.value = 0
  if (token === undefined) return
  const controller = new AbortController()
  following = controller
  void follow(token, sinkFor(buffer, controller.signal), controller.signal)
}

function sinkFor(target: LiveBuffer, abortSignal: AbortSignal): Sink {
  const isCurrent = () => !abortSignal.aborted && buffer === target
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

/** Pauses or resumes the list; lines received meanwhile are shown on resuming. */
export function togglePause(): void {
  isPaused.value = !isPaused.value
  waiting.value = 0
  if (!isPaused.value) rows.value = buffer.newestFirst()
}
