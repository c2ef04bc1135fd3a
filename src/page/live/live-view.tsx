import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { sendTestEvent } from '../setup/test-event.ts'
import { goTo, route } from '../state/route.ts'
import { focusSearch, leaveOnEscape, useKeys } from '../ui/keys.ts'
import { countText } from '../ui/time.ts'
import { VirtualList } from '../ui/virtual-list.tsx'
import { ClockNotice } from './clock-notice.tsx'
import { Details } from './details.tsx'
import { EmptyLive } from './empty-live.tsx'
import { findItem } from './find-item.ts'
import { LiveLine } from './live-line.tsx'
import type { LiveRow } from './row.ts'
import { connection, filterText, isPaused, matching, rows, togglePause, waiting } from './store.ts'

/** Below this width a line takes two rows of text; in px. */
const NARROW = matchMedia('(max-width: 700px)')
const ROW_PX = 34
const NARROW_ROW_PX = 54

/** Events and verdicts as they come, with one of them open beside the list. */
export function LiveView({ token }: { readonly token: string }) {
  const rowHeight = useRowHeight()
  const { item } = route.value
  const shown = matching.value
  const open = useOpenRow(token, item)
  const step = (by: number) => {
    const at = shown.findIndex((row) => row.item === item)
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))]
    if (next !== undefined) openRow(next, false)
  }
  useKeys({
    '/': focusSearch,
    p: togglePause,
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => (item === undefined ? step(1) : document.querySelector<HTMLElement>('.details')?.focus()),
    Escape: () => openRow(undefined, false),
    t: () => void sendTestEvent(token),
  })
  const isEmpty = rows.value?.length === 0
  return (
    <div class={`live ${item === undefined ? '' : 'has-details'}`}>
      <h1 class="unseen">Live</h1>
      {isEmpty && item === undefined ? (
        <EmptyLive token={token} />
      ) : (
        <section class="live-list" aria-label="Records">
          <div>
            <ClockNotice />
            <Toolbar count={shown.length} />
          </div>
          {shown.length === 0 && filterText.value !== '' && <NoMatch />}
          <VirtualList
            items={shown}
            keyOf={(row) => row.item}
            rowHeight={rowHeight}
            label="Records, the newest first"
            renderRow={(row) => <LiveLine row={row} />}
            chosen={item}
            onChoose={(row) => openRow(row, true)}
          />
        </section>
      )}
      {item !== undefined && <Details row={open} token={token} onClose={() => openRow(undefined, false)} />}
    </div>
  )
}

function openRow(row: LiveRow | undefined, isStep: boolean): void {
  const { query } = route.value
  // What has the focus goes with the details: the list takes it back.
  const isWithin = document.activeElement?.closest('.details') != null
  if (row === undefined && isWithin) document.querySelector<HTMLElement>('.virtual')?.focus()
  goTo({ view: 'live', item: row?.item, query }, isStep)
}

/** The line that the address names: from the list, or asked for; null while it is, or when there is none. */
function useOpenRow(token: string, item: string | undefined): LiveRow | null | undefined {
  const asked = useSignal<LiveRow | null | undefined>(null)
  const listed = rows.value?.find((row) => row.item === item)
  const isAbsent = item !== undefined && rows.value !== undefined && listed === undefined
  useEffect(() => {
    if (!isAbsent || asked.value?.item === item) return
    asked.value = null
    void findItem(token, item).then((row) => {
      asked.value = row
    })
  }, [item, isAbsent])
  return listed ?? (isAbsent ? asked.value : null)
}

function useRowHeight(): number {
  const isNarrow = useSignal(NARROW.matches)
  useEffect(() => {
    const follow = () => {
      isNarrow.value = NARROW.matches
    }
    NARROW.addEventListener('change', follow)
    return () => NARROW.removeEventListener('change', follow)
  }, [])
  return isNarrow.value ? NARROW_ROW_PX : ROW_PX
}

function Toolbar({ count }: { readonly count: number }) {
  const total = rows.value?.length ?? 0
  const setFilter = (text: string) => {
    const { item } = route.value
    goTo({ view: 'live', item, query: text === '' ? {} : { q: text } }, false)
  }
  return (
    <div class="toolbar">
      <input
        type="search"
        placeholder="Filter: words, user:, event:, is:dropped, code:"
        aria-label="Filter the records"
        value={filterText.value}
        onInput={(event) => setFilter(event.currentTarget.value)}
        onKeyDown={leaveOnEscape}
      />
      <span class="count" role="status">
        {count === total ? countText(total) : `${countText(count)} of ${countText(total)}`}
      </span>
      <button type="button" aria-pressed={isPaused.value} onClick={togglePause} title="p">
        {isPaused.value ? `Resume${waiting.value > 0 ? ` · ${countText(waiting.value)} new` : ''}` : 'Pause'}
      </button>
      <ConnectionMark />
    </div>
  )
}

function ConnectionMark() {
  const state = isPaused.value ? 'paused' : connection.value
  const words = { connecting: 'Connecting', live: 'Live', lost: 'No connection', paused: 'Paused' }[state]
  return (
    <span class={`connection is-${state}`} role="status">
      <span class="dot" aria-hidden="true" /> {words}
    </span>
  )
}

function NoMatch() {
  return (
    <p class="hint pad">
      No record matches. Words must all occur in a record; <code>-word</code> leaves records out.
    </p>
  )
}
