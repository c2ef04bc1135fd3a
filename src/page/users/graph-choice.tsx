import { useSignal } from '@preact/signals'
import { listEvents } from '../api/routes.ts'
import type { User } from '../api/types.ts'
import { itemOf } from '../live/row.ts'
import { goTo, linkTo } from '../state/route.ts'
import { CopyButton } from '../ui/copy.tsx'
import { countText, wholeTime } from '../ui/time.ts'
import { RuleId } from '../verdicts/rule-link.tsx'
import type { Graph, GraphEdge } from './graph-model.ts'
import { labelOf } from './graph-picture.tsx'
import { ROLE_NAMES } from './roles.ts'

const SHOWN_LINKS = 8

interface GraphChoiceProps {
  readonly user: User
  readonly graph: Graph
  /** The id chosen in the graph. */
  readonly id: string
  /** The project's. */
  readonly token: string
  readonly onClose: () => void
}

/** Details of one id of the graph: its role, and each of its links with the event that made or refused it. */
export function GraphChoice({ user, graph, id, token, onClose }: GraphChoiceProps) {
  const node = graph.nodes.find((candidate) => candidate.id === id)
  if (node === undefined) return null
  const links = graph.edges.filter(({ from, to }) => from === id || to === id)
  // Refused links first, since these are what one looks for.
  const ordered = links.toSorted((a, b) => Number(b.isRefused) - Number(a.isRefused))
  return (
    <section class="graph-choice" aria-label={`The id ${id}`}>
      <header class="page-head">
        <h3>
          <span class="id">{id}</span>{' '}
          <span class="hint">
            {ROLE_NAMES[node.role]}
            {id === user.distinct_id && ', the id that the user goes by'}
          </span>
        </h3>
        <span class="actions">
          {node.role === 'other' && <a href={linkTo({ view: 'users', item: id })}>Open this user</a>}
          <CopyButton text={id} of="the id" words="Copy id" />
          <button type="button" class="quiet small" onClick={onClose}>
            Close
          </button>
        </span>
      </header>
      <ul>
        {ordered.slice(0, SHOWN_LINKS).map((edge) => (
          <LinkLine
            key={`${edge.label}|${edge.from}|${edge.to}|${edge.at}`}
            edge={edge}
            id={id}
            token={token}
          />
        ))}
      </ul>
      {links.length > SHOWN_LINKS && (
        <p class="hint">And {countText(links.length - SHOWN_LINKS)} more, in the tables below.</p>
      )}
    </section>
  )
}

interface LinkLineProps {
  readonly edge: GraphEdge
  readonly id: string
  readonly token: string
}

function LinkLine({ edge, id, token }: LinkLineProps) {
  const { from, to, isRefused, isPending, rule, at, item } = edge
  const words = isRefused ? 'Not joined with' : isPending ? 'Joined, pending, with' : 'Joined with'
  return (
    <li class={isRefused ? 'is-refused' : ''}>
      {words} <span class="id">{from === id ? to : from}</span>:{' '}
      {item === undefined ? (
        <EventButton token={token} edge={edge} />
      ) : (
        <a href={linkTo({ view: 'live', item })}>{labelOf(edge)}</a>
      )}{' '}
      <span class="hint">
        <RuleId rule={rule} />, {wholeTime(at)}
      </span>
    </li>
  )
}

/**
 * A button that opens the event that made a link: a link has only its $insert_id, and the address also needs its time.
 */
function EventButton({ token, edge }: { readonly token: string; readonly edge: GraphEdge }) {
  const error = useSignal('')
  const open = async () => {
    const query = { event: edge.label, distinct_id: edge.from, order: 'newest', limit: 1_000 }
    const answer = await listEvents(token, query)
    const event = answer.ok
      ? answer.value.events.find((stored) => stored.insert_id === edge.insertId)
      : undefined
    if (event !== undefined) goTo({ view: 'live', item: itemOf(event) })
    else error.value = answer.ok ? 'The event is not kept, or too far back.' : answer.error.detail
  }
  return (
    <>
      <button type="button" class="link" onClick={() => void open()}>
        {labelOf(edge)}
      </button>
      {error.value !== '' && (
        <span role="alert" class="error">
          {' '}
          {error.value}
        </span>
      )}
    </>
  )
}
