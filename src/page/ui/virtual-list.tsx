import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'
import type { ComponentChild } from 'preact'
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks'

interface VirtualListProps<T> {
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string
  /** In px, the same for all rows. */
  readonly rowHeight: number
  readonly label: string
  readonly renderRow: (item: T) => ComponentChild
  /** The key of the chosen item. */
  readonly chosen: string | undefined
  readonly onChoose: (item: T) => void
}

const OVERSCAN = 12

/** A list box of any length that renders only the visible rows. New items push the others down. */
export function VirtualList<T>(props: VirtualListProps<T>) {
  const { items, keyOf, rowHeight, label, renderRow, chosen, onChoose } = props
  const scroller = useRef<HTMLDivElement>(null)
  const list = useVirtualizer(scroller, items.length, rowHeight)
  useAnchor(scroller, items, keyOf, rowHeight)
  const chosenIndex = chosen === undefined ? -1 : items.findIndex((item) => keyOf(item) === chosen)
  useEffect(() => {
    if (chosenIndex >= 0) list.scrollToIndex(chosenIndex, { align: 'auto' })
  }, [chosen])
  const visible = list.getVirtualItems()
  const isChosenVisible = visible.some(({ index }) => index === chosenIndex)
  return (
    <div
      ref={scroller}
      class="virtual"
      role="listbox"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={isChosenVisible ? `row-${chosenIndex}` : undefined}
    >
      <div role="presentation" style={{ height: `${list.getTotalSize()}px` }}>
        {visible.map(({ index, start }) => {
          const item = items[index]
          if (item === undefined) return null
          return (
            <div
              key={keyOf(item)}
              id={`row-${index}`}
              class="virtual-row"
              role="option"
              tabIndex={-1}
              aria-selected={index === chosenIndex}
              aria-posinset={index + 1}
              aria-setsize={items.length}
              style={{ height: `${rowHeight}px`, transform: `translateY(${start}px)` }}
              onClick={() => onChoose(item)}
            >
              {renderRow(item)}
            </div>
          )
        })}
      </div>
    </div>
  )
}

type Scroller = { readonly current: HTMLDivElement | null }

function useVirtualizer(scroller: Scroller, count: number, rowHeight: number) {
  const [, redraw] = useReducer((n: number, _: undefined) => n + 1, 0)
  const kept = useRef<Virtualizer<HTMLDivElement, HTMLDivElement>>(undefined)
  const options = {
    count,
    overscan: OVERSCAN,
    estimateSize: () => rowHeight,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  }
  kept.current ??= new Virtualizer(options)
  const list = kept.current
  list.setOptions(options)
  useLayoutEffect(() => list._didMount(), [])
  useLayoutEffect(() => list._willUpdate())
  useLayoutEffect(() => list.measure(), [rowHeight])
  return list
}

/** Keeps the scroll position on the same items while new ones are added above; at the top, new items become visible. */
function useAnchor<T>(
  scroller: Scroller,
  items: readonly T[],
  keyOf: (item: T) => string,
  rowHeight: number,
) {
  const first = useRef<string>(undefined)
  useLayoutEffect(() => {
    const element = scroller.current
    const before = first.current
    first.current = items[0] === undefined ? undefined : keyOf(items[0])
    if (element === null || before === undefined || element.scrollTop < rowHeight) return
    const moved = items.findIndex((item) => keyOf(item) === before)
    if (moved > 0) element.scrollTop += moved * rowHeight
  }, [items])
}
