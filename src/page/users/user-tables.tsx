import type { Merge, User, UserId } from '../api/types.ts'
import { linkTo } from '../state/route.ts'
import { Table } from '../ui/table.tsx'
import { countText, wholeTime } from '../ui/time.ts'
import { RuleId } from '../verdicts/rule-link.tsx'
import { refusedPair } from './graph-model.ts'
import { ROLE_NAMES } from './roles.ts'

/** The ids of a user: the role of each, and the link that added it. */
export function IdTable({ ids }: { readonly ids: readonly UserId[] }) {
  return (
    <Table caption={`Ids: ${countText(ids.length)}`} heads={['Id', 'Role', 'Linked by', 'Rule', 'Linked at']}>
      {ids.map(({ id, role, linked_at, linked_by, pending }) => (
        <tr key={id}>
          <th scope="row" class="id">
            {id}
            {pending !== undefined && <PendingUntil at={pending.visible_at} />}
          </th>
          <td>{ROLE_NAMES[role]}</td>
          <td>{linked_by?.event ?? '–'}</td>
          <td>{linked_by === null ? '–' : <RuleId rule={linked_by.rule} />}</td>
          <td>{wholeTime(linked_at)}</td>
        </tr>
      ))}
    </Table>
  )
}

/** The links that made the user, in order. */
export function MergeTable({ merges }: { readonly merges: readonly Merge[] }) {
  return (
    <details>
      <summary>Merges: {countText(merges.length)}</summary>
      <Table caption="Merges, in order" heads={['Joined', 'With', 'Goes by', 'Event', 'Rule', 'At']}>
        {merges.map(({ at, from, to, canonical, event, insert_id, rule, pending }) => (
          <tr key={`${at}|${insert_id}|${from}|${to}`}>
            <td class="id">{from}</td>
            <td class="id">{to}</td>
            <td class="id">{canonical}</td>
            <td>{event}</td>
            <td>
              <RuleId rule={rule} />
            </td>
            <td>
              {wholeTime(at)}
              {pending !== undefined && <PendingUntil at={pending.visible_at} />}
            </td>
          </tr>
        ))}
      </Table>
    </details>
  )
}

/** Until when queries do not see the link. */
function PendingUntil({ at }: { readonly at: string }) {
  return <span class="pending">pending until {wholeTime(at)}</span>
}

/** Records that should have joined ids and did not. */
export function RefusedTable({ user }: { readonly user: User }) {
  const known = new Set(user.distinct_ids.map(({ id }) => id))
  return (
    <details>
      <summary>Refused: {countText(user.refused.length)}</summary>
      <Table caption="Refused, with the reason" heads={['Id', 'With', 'Reason', 'Rule', 'At']}>
        {user.refused.map((verdict) => {
          const [from, to] = refusedPair(verdict, known) ?? ['–', '–']
          return (
            <tr key={verdict.id}>
              <td class="id">{from}</td>
              <td class="id">{to}</td>
              <td>
                <a href={linkTo({ view: 'live', item: `v${verdict.id}` })}>{verdict.code}</a>
              </td>
              <td>
                <RuleId rule={verdict.rule} />
              </td>
              <td>{wholeTime(verdict.received_at)}</td>
            </tr>
          )
        })}
      </Table>
    </details>
  )
}
