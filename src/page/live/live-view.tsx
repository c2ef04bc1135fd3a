import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { sendTestEvent } from '../setup/test-event.ts'
import { project } from '../state/projects.ts'
import { goTo, route } from '../state/route.ts'
import { Icon } from '../ui/icons.tsx'
import { focusSearch, useKeys } from '../ui/keys.ts'
import { useBeat } from '../ui/loaded.ts'
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

/** The layouts of a line, by the width of the list, with its height; in px. The verdict's sentence is in each. */
const LAYOUTS = [
  { name: 'wide', minPx: 1_100, rowPx: 36 },
  { name: 'medium', minPx: 660, rowPx: 56 },
  { name: 'narrow', minPx: 0, rowPx: 82 },
] as const
/** How often relative times are written again. */
const TICK_MS = 1_000

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
  const section = useRef<HTMLElement>(null)
  const { name: layout, rowPx } = useLayout(section)
  useBeat(TICK_MS)
  const nowMs = Math.ceil(Date.now() / TICK_MS) * TICK_MS + (project.value?.clock?.offset_ms ?? 0)
  return (
    <section ref={section} class={`live-list is-${layout}`} aria-label="Records">
      <div>
        <ClockNotice />
        <FaultNotice token={token} />
        <Toolbar count={shown.length} />
      </div>
      {shown.length === 0 && filterText.value !== '' ? (
        <NoMatch />
      ) : (
        <VirtualList
          items={shown}
          keyOf={(row) => row.item}
          rowHeight={rowPx}
          label="Records, the newest first"
          renderRow={(row) => <LiveLine row={row} nowMs={nowMs} />}
          chosen={chosen}
          onChoose={(row) => openRow(row, true)}
        />
      )}
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

/** The layout for the width of a list. */
function useLayout(list: { readonly current: HTMLElement | null }): (typeof LAYOUTS)[number] {
  const layout = useSignal<(typeof LAYOUTS)[number]>(LAYOUTS[0])
  useLayoutEffect(() => {
    const { current } = list
    if (current === null) return
    const measure = () => {
      const fitting = LAYOUTS.find(({ minPx }) => current.clientWidth >= minPx)
      if (fitting !== undefined) layout.value = fitting
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(current)
    return () => observer.disconnect()
  }, [])
  return layout.value
}

function NoMatch() {
  return (
    <div class="no-match" role="status">
      <Icon name="search" />
      <p>
        No event matches <code>{filterText.value}</code>. Every word of a filter must match.
      </p>
      <button type="button" onClick={() => setFilter('')}>
        Clear filter
      </button>
    </div>
  )
}
