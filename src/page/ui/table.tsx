import type { ComponentChildren } from 'preact'

interface TableProps {
  readonly caption: string
  readonly heads: readonly string[]
  /** On a narrow screen each row becomes a few lines, for which its cells need `data-head`. */
  readonly wraps?: boolean
  readonly children: ComponentChildren
}

/** A table that scrolls in its frame if it is wider; the caption is for screen readers only. */
export function Table({ caption, heads, wraps = false, children }: TableProps) {
  return (
    <div class="table-frame" role="region" aria-label={caption} tabIndex={0}>
      <table class={wraps ? 'list flow' : 'list'}>
        <caption class="unseen">{caption}</caption>
        <TableHead heads={heads} />
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

/** The row with the heads of the columns. */
export function TableHead({ heads }: { readonly heads: readonly string[] }) {
  return (
    <thead>
      <tr>
        {heads.map((head) => (
          <th key={head} scope="col">
            {head}
          </th>
        ))}
      </tr>
    </thead>
  )
}
