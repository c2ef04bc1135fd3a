import type { Signal } from '@preact/signals'
import { Icon } from '../ui/icons.tsx'
import { leaveOnEscape } from '../ui/keys.ts'
import { countText } from '../ui/time.ts'
import { nameOfNode } from './graph-groups.ts'
import type { GraphNode } from './graph-model.ts'

/** The zoom factor of one step. */
const STEP = 1.5

interface GraphToolsProps {
  readonly search: Signal<string>
  /** The ids that match the search; undefined without one. */
  readonly found: ReadonlySet<string> | undefined
  readonly chosen: string | undefined
  /** The groups that are closed. */
  readonly groups: readonly GraphNode[]
  /** Shows each id of the groups. */
  readonly onOpen: () => void
  /** Closes the groups; undefined if none is open. */
  readonly onClose: (() => void) | undefined
  readonly onChoose: (id: string) => void
  readonly onZoom: (by: number) => void
  readonly onFit: () => void
}

/** The search field and the zoom buttons of a graph. */
export function GraphTools({ search, found, chosen, onChoose, ...tools }: GraphToolsProps) {
  const next = () => {
    const ids = [...(found ?? [])]
    const id = ids[(ids.indexOf(chosen ?? '') + 1) % Math.max(1, ids.length)]
    if (id !== undefined) onChoose(id)
  }
  return (
    <form
      class="graph-tools"
      role="search"
      aria-label="In the graph"
      onSubmit={(event) => {
        event.preventDefault()
        next()
      }}
    >
      <input
        type="text"
        placeholder="Find an id in the graph"
        aria-label="Find an id in the graph"
        autocomplete="off"
        spellcheck={false}
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value
        }}
        onKeyDown={leaveOnEscape}
      />
      <span class="hint" role="status">
        {found !== undefined && (found.size === 0 ? 'none' : `${countText(found.size)} found`)}
      </span>
      {found !== undefined && found.size > 0 && <button type="submit">Show the next</button>}
      <Groups {...tools} />
      <Sizes {...tools} />
    </form>
  )
}

function Groups({ groups, onOpen, onClose }: Pick<GraphToolsProps, 'groups' | 'onOpen' | 'onClose'>) {
  const [first] = groups
  if (first === undefined) {
    return onClose === undefined ? null : (
      <button type="button" onClick={onClose}>
        Group alike ids
      </button>
    )
  }
  return (
    <button type="button" onClick={onOpen}>
      Show {groups.length === 1 ? `the ${nameOfNode(first)}` : 'all ids'}
    </button>
  )
}

function Sizes({ onZoom, onFit }: Pick<GraphToolsProps, 'onZoom' | 'onFit'>) {
  return (
    <span class="actions end">
      <button type="button" class="icon" aria-label="Make the graph smaller" onClick={() => onZoom(1 / STEP)}>
        <Icon name="minus" />
      </button>
      <button type="button" class="icon" aria-label="Make the graph larger" onClick={() => onZoom(STEP)}>
        <Icon name="plus" />
      </button>
      <button type="button" onClick={onFit}>
        Show all
      </button>
    </span>
  )
}
