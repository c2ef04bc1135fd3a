import type { Merge, Refused, UserId } from '../api/types.ts'
import { linkTo } from '../state/route.ts'
import { countText, wholeTime } from '../ui/time.ts'
import { RuleId } from '../verdicts/rule-link.tsx'
import { FlowTable } from './flow-table.tsx'
import { ROLE_NAMES } from './roles.ts'

/** Rows of a table that are shown at first. */
const SHOWN_ROWS = 12

/** The ids of a user: the role of each, and the link that added it. */
export function IdTable({ ids }: { readonly ids: readonly UserId[] }) {
  const rows = ids.map(({ id, role, linked_at, linked_by, pending }) => ({
    key: id,
    cells: [
      <Id key="id" id={id} pending={pending} />,
      ROLE_NAMES[role],
      linked_by?.event ?? '',
      linked_by === null ? '' : <RuleId rule={linked_by.rule} />,
      linked_at === null ? '' : wholeTime(linked_at),
    ],
  }))
  return (
    <FlowTable
      caption={`Ids: ${countText(ids.length)}`}
      heads={['Id', 'Role', 'Linked by', 'Rule', 'Linked at']}
      rows={rows}
      shown={SHOWN_ROWS}
    />
  )
}

/** The links that made the user, in order. */
export function MergeTable({ merges }: { readonly merges: readonly Merge[] }) {
  const rows = merges.map(({ at, from, to, canonical, event, insert_id, rule, pending }) => ({
    key: `${at}|${insert_id}|${from}|${to}`,
    cells: [
      <Id key="from" id={from} pending={pending} />,
      <Id key="to" id={to} />,
      <Id key="canonical" id={canonical} />,
      event,
      <RuleId key="rule" rule={rule} />,
      wholeTime(at),
    ],
  }))
  return (
    <details>
      <summary>Merges: {countText(merges.length)}</summary>
      <FlowTable
        caption="Merges, in order"
        isCaptionUnseen
        heads={['Joined', 'With', 'Canonical id', 'Event', 'Rule', 'At']}
        rows={rows}
        shown={SHOWN_ROWS}
      />
    </details>
  )
}

/** Records that should have joined ids and did not, newest first. */
export function RefusedTable({ refused }: { readonly refused: readonly Refused[] }) {
  const rows = refused.toReversed().map(({ id, between, message, rule, received_at }) => ({
    key: id,
    cells: [
      <Id key="from" id={between?.[0] ?? '–'} />,
      <Id key="to" id={between?.[1] ?? '–'} />,
      <a key="message" href={linkTo({ view: 'live', item: `v${id}` })}>
        {message}
      </a>,
      <RuleId key="rule" rule={rule} />,
      wholeTime(received_at),
    ],
  }))
  return (
    <details>
      <summary>Refused: {countText(refused.length)}</summary>
      <FlowTable
        caption="Refused, with the reason"
        isCaptionUnseen
        heads={['Id', 'With', 'Reason', 'Rule', 'At']}
        rows={rows}
        shown={SHOWN_ROWS}
      />
    </details>
  )
}

interface IdProps {
  readonly id: string
  /** Set if queries do not show the link yet. */
  readonly pending?: Merge['pending']
}

function Id({ id, pending }: IdProps) {
  return (
    <>
      <span class="id">{id}</span>
      {pending !== undefined && <span class="pending">pending until {wholeTime(pending.visible_at)}</span>}
    </>
  )
}
