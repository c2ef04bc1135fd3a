import { useSignal } from '@preact/signals'
import type { Project } from '../api/types.ts'
import { linkTo } from '../state/route.ts'
import { focusSearch, leaveOnEscape, useKeys } from '../ui/keys.ts'
import { Table } from '../ui/table.tsx'
import { countText, wholeTime } from '../ui/time.ts'
import { MODE_NAMES } from './modes.ts'

/** More projects than these are searched: where every test makes one, there are hundreds. */
const MAX_UNSEARCHED = 8

interface ProjectTableProps {
  readonly all: readonly Project[]
  readonly current: Project | undefined
}

/** The projects: the one that is chosen, then the others, the newest first. */
export function ProjectTable({ all, current }: ProjectTableProps) {
  const typed = useSignal('')
  useKeys({ '/': focusSearch })
  const text = typed.value.trim().toLowerCase()
  const ordered = all.toReversed().toSorted((a, b) => Number(b === current) - Number(a === current))
  const shown = ordered.filter(
    ({ name, token }) => name.toLowerCase().includes(text) || token.toLowerCase().includes(text),
  )
  return (
    <div class="project-table">
      {all.length > MAX_UNSEARCHED && (
        <div class="actions">
          <input
            type="search"
            placeholder="Name or token"
            aria-label="Find a project"
            autocomplete="off"
            value={typed.value}
            onInput={(event) => {
              typed.value = event.currentTarget.value
            }}
            onKeyDown={leaveOnEscape}
          />
          <span class="hint" role="status">
            {text === ''
              ? `${countText(all.length)} projects`
              : `${countText(shown.length)} of ${countText(all.length)}`}
          </span>
        </div>
      )}
      <Table caption={`Projects: ${countText(shown.length)}`} heads={['Name', 'Token', 'Identity', 'Made']}>
        {shown.map((own) => (
          <Line key={own.project_id} own={own} isCurrent={own === current} />
        ))}
      </Table>
    </div>
  )
}

function Line({ own, isCurrent }: { readonly own: Project; readonly isCurrent: boolean }) {
  const { name, token, id_management, created_at } = own
  return (
    <tr class={isCurrent ? 'is-current' : ''}>
      <th scope="row">
        <a
          class="cut is-short"
          title={name}
          href={linkTo({ view: 'projects', project: token })}
          aria-current={isCurrent ? 'true' : undefined}
        >
          {name}
        </a>
      </th>
      <td class="id cut is-short" title={token}>
        {token}
      </td>
      <td>{MODE_NAMES[id_management]}</td>
      <td>{wholeTime(created_at)}</td>
    </tr>
  )
}
