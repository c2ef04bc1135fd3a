import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { sendTestEvent } from '../setup/test-event.ts'
import { goTo, route } from '../state/route.ts'
import { focusSearch, useKeys } from '../ui/keys.ts'
import { VirtualList } from '../ui/virtual-list.tsx'
import { ClockNotice } from './clock-notice.tsx'
import { Details } from './details.tsx'
import { EmptyLive } from './empty-live.tsx'
import { FaultNotice } from './fault-notice.tsx'
import { findItem } from './find-item.ts'
import { LiveLine } from './live-line.tsx'
import { isNamedBy, type LiveRow } from './row.ts'
import { filterText, matching, rows, togglePause } from './store.ts'
import { setFilter, Toolbar, toggleProblems } from './toolbar.tsx'

/** Below this width, a line takes two rows of text; in px. */
const NARROW = matchMedia('(max-width: 860px)')
const ROW_PX = 34
const NARROW_ROW_PX = 54

/** Events and verdicts as they arrive, with one of them open next to the list. */
export function LiveView({ token }: { readonly token: string }) {
  const { item } = route.value
  const shown = matching.value
  const open = useOpenRow(token, item)
  const step = (by: number) => {
    const at = shown.findIndex((row) => isNamedBy(item, row.item))
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))]
    if (next !== undefined) openRow(next, false)
  }
  useKeys({
    '/': focusSearch,
    p: togglePause,
    x: toggleProblems,
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => (item === undefined ? step(1) : document.querySelector<HTMLElement>('.details')?.focus()),
    Escape: () => openRow(undefined, false),
    t: () => void sendTestEvent(token),
  })
  const isEmpty = rows.value?.length === 0 && item === undefined
  return (
    <div class={`live ${item === undefined ? '' : 'has-details'}`}>
      <h1 class="unseen">Live</h1>
      {isEmpty ? <EmptyLive token={token} /> : <List token={token} shown={shown} chosen={open?.item} />}
      {item !== undefined && <Details row={open} token={token} onClose={() => openRow(undefined, false)} />}
    </div>
  )
}

interface ListProps {
  readonly token: string
  /** The lines that pass the filter. */
  readonly shown: readonly LiveRow[]
  /** The item of the open line. */
  readonly chosen: string | undefined
}

/** The list and its toolbar. */
function List({ token, shown, chosen }: ListProps) {
  const rowHeight = useRowHeight()
  return (
    <section class="live-list" aria-label="Records">
      <div>
        <ClockNotice />
        <FaultNotice token={token} />
        <Toolbar count={shown.length} />
      </div>
      {shown.length === 0 && filterText.value !== '' && <NoMatch />}
      <VirtualList
        items={shown}
        keyOf={(row) => row.item}
        rowHeight={rowHeight}
        label="Records, the newest first"
        renderRow={(row) => <LiveLine row={row} />}
        chosen={chosen}
        onChoose={(row) => openRow(row, true)}
      />
    </section>
  )
}

function openRow(row: LiveRow | undefined, isStep: boolean): void {
  const { query } = route.value
  // The focused element disappears with the details, so the list takes the focus.
  const isWithin = document.activeElement?.closest('.details') != null
  if (row === undefined && isWithin) document.querySelector<HTMLElement>('.virtual')?.focus()
  goTo({ view: 'live', item: row?.item, query }, isStep)
}

/** The line that the address names, from the list or loaded; null while it is loading, or if the address names none. */
function useOpenRow(token: string, item: string | undefined): LiveRow | null | undefined {
  const asked = useSignal<LiveRow | null | undefined>(null)
  const listed = rows.value?.find((row) => isNamedBy(item, row.item))
  const isAbsent = item !== undefined && rows.value !== undefined && listed === undefined
  useEffect(() => {
    if (!isAbsent || isNamedBy(item, asked.value?.item ?? '')) return
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

function NoMatch() {
  return (
    <p class="hint pad actions">
      No record matches: all words must hold of it.
      <button type="button" class="small" onClick={() => setFilter('')}>
        Show all
      </button>
    </p>
  )
}
