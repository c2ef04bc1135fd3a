import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { TableHead } from '../ui/table.tsx'
import { countText } from '../ui/time.ts'

/** A row: its cells, the first of which is its head. */
interface FlowRow {
  readonly key: string
  readonly cells: readonly ComponentChildren[]
}

interface FlowTableProps {
  readonly caption: string
  /** The caption is for screen readers only. */
  readonly isCaptionUnseen?: boolean
  readonly heads: readonly string[]
  readonly rows: readonly FlowRow[]
  /** The number of rows shown at first; by default all. */
  readonly shown?: number
}

/** A table that is part of the page's flow: nothing scrolls in it, and on a narrow screen its rows wrap. */
export function FlowTable({ caption, isCaptionUnseen = false, heads, rows, shown }: FlowTableProps) {
  const showsAll = useSignal(false)
  const visible = showsAll.value ? rows : rows.slice(0, shown)
  return (
    <div class="flow-frame">
      <table class="list flow">
        <caption class={isCaptionUnseen ? 'unseen' : ''}>{caption}</caption>
        <TableHead heads={heads} />
        <tbody>
          {visible.map(({ key, cells: [head, ...cells] }) => (
            <tr key={key}>
              <th scope="row" class="first">
                {head}
              </th>
              {cells.map((cell, index) => (
                <td key={heads[index + 1]} data-head={heads[index + 1]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {visible.length < rows.length && (
        <p class="actions">
          <button
            type="button"
            class="small"
            onClick={() => {
              showsAll.value = true
            }}
          >
            Show all {countText(rows.length)}
          </button>
        </p>
      )}
    </div>
  )
}
