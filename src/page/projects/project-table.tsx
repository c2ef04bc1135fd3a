import { useSignal } from '@preact/signals'
import type { Project } from '../api/types.ts'
import { findProjects, hasMoreProjects, listProject } from '../state/projects.ts'
import { linkTo } from '../state/route.ts'
import { Icon } from '../ui/icons.tsx'
import { focusSearch, leaveOnEscape, useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/loaded.ts'
import { Table } from '../ui/table.tsx'
import { counted, countText, wholeTime } from '../ui/time.ts'
import { MODE_NAMES } from './modes.ts'

/** From more projects on, there is a search field: there are hundreds if every test creates one. */
const MAX_UNSEARCHED = 8

interface ProjectTableProps {
  readonly all: readonly Project[]
  readonly current: Project | undefined
}

/** The projects: the chosen one, then the others, newest first. */
export function ProjectTable({ all, current }: ProjectTableProps) {
  const typed = useSignal('')
  useKeys({ '/': focusSearch })
  const text = typed.value.trim().toLowerCase()
  const found = useFound(text)
  const ordered = all.toReversed().toSorted((a, b) => Number(b === current) - Number(a === current))
  const shown =
    found?.projects ??
    ordered.filter(
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
            {statusOf(text, shown.length, all.length, found?.hasMore)}
          </span>
        </div>
      )}
      <Table caption={`Projects: ${countText(shown.length)}`} heads={HEADS} wraps>
        {shown.map((listed) => (
          <Line key={listed.project_id} project={listed} isCurrent={listed.token === current?.token} />
        ))}
      </Table>
    </div>
  )
}

const HEADS = ['Name', 'Token', 'Identity system', 'Created']

/** The projects that the server finds, if not all are listed; undefined if they are, or while it is loading. */
function useFound(text: string) {
  const isAsked = hasMoreProjects.value && text !== ''
  const answer = useLoaded(isAsked ? text : '', 0, async () => {
    return isAsked ? await findProjects(text) : NOTHING
  })
  if (!isAsked || answer?.ok !== true) return undefined
  return { projects: answer.value.projects, hasMore: answer.value.next !== null }
}

const NOTHING = { ok: true, value: { projects: [], next: null } } as const

function statusOf(text: string, shown: number, listed: number, foundMore: boolean | undefined): string {
  if (foundMore !== undefined)
    return foundMore ? `The newest ${countText(shown)}` : `${countText(shown)} found`
  if (hasMoreProjects.value) return text === '' ? 'Only the newest are listed' : 'Searching…'
  return text === '' ? counted(listed, 'project') : `${countText(shown)} of ${countText(listed)}`
}

function Line({ project, isCurrent }: { readonly project: Project; readonly isCurrent: boolean }) {
  const { name, token, similar_to, id_management, created_at } = project
  return (
    <tr class={isCurrent ? 'is-current' : ''}>
      <th scope="row">
        <a
          href={linkTo({ view: 'projects', project: token })}
          onClick={() => listProject(project)}
          aria-current={isCurrent ? 'true' : undefined}
        >
          {name}
        </a>
      </th>
      <td data-head="Token">
        <span class="id">{token}</span>
        {similar_to !== undefined && (
          <div class="similar">
            <Icon name="warning" /> similar to <span class="id">{similar_to}</span>
          </div>
        )}
      </td>
      <td data-head="Identity system">{MODE_NAMES[id_management]}</td>
      <td data-head="Created">
        <time dateTime={created_at}>{wholeTime(created_at)}</time>
      </td>
    </tr>
  )
}
