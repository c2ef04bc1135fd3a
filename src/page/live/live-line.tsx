import { useMemo } from 'preact/hooks'
import type { JsonObject } from '../api/types.ts'
import { Icon } from '../ui/icons.tsx'
import { OutcomeMark, SeverityMark } from '../ui/marks.tsx'
import { shortJson } from '../ui/short-json.ts'
import { ago, exactTime } from '../ui/time.ts'
import { gravestFirst, type LiveRow, propertiesOf } from './row.ts'

/** Properties that SDKs and the server add to every event, which are of little interest. */
export const COMMON = /^(\$|mp_|token$|distinct_id$|time$|alias$)/

interface LiveLineProps {
  readonly row: LiveRow
  /** The project's time, in ms since the epoch; the same for some time, so that scrolling renders new lines only. */
  readonly nowMs: number
}

/** What happened to a record: how grave it is, what it is, whose, and why. */
export function LiveLine({ row, nowMs }: LiveLineProps) {
  return useMemo(() => <Line row={row} nowMs={nowMs} />, [row, nowMs])
}

function Line({ row, nowMs }: LiveLineProps) {
  const { receivedMs, name, note, stored, sent } = row
  const [verdict, ...others] = gravestFirst(row)
  return (
    <div class={`line severity-${verdict?.severity ?? 'none'}`}>
      {verdict === undefined ? (
        <OutcomeMark outcome={row.outcome} />
      ) : (
        <SeverityMark severity={verdict.severity} />
      )}
      <span class="line-title" title={name}>
        <span class="line-name">{name}</span>
        {note !== '' && <span class="line-note">, {note}</span>}
      </span>
      <span class="line-text">
        <Owner row={row} />
        {verdict === undefined ? (
          <span class="line-why hint">{previewOf(stored?.properties ?? propertiesOf(sent))}</span>
        ) : (
          <span class="line-why" title={verdict.message}>
            {verdict.message}
          </span>
        )}
      </span>
      {others.length > 0 && <span class="line-more">+{others.length}</span>}
      <time class="line-time" dateTime={new Date(receivedMs).toISOString()} title={exactTime(receivedMs)}>
        {ago(Math.min(receivedMs, nowMs), nowMs)}
      </time>
    </div>
  )
}

/** The user or the group of a record. An event may have none; a request is nobody's. */
function Owner({ row: { user, group, stored } }: { readonly row: LiveRow }) {
  if (group !== '') {
    return (
      <span class="line-owner" title={`Group ${group}`}>
        <Icon name="group" /> {group}
      </span>
    )
  }
  if (user === '') return <span class="line-owner is-none">{stored === undefined ? '' : 'no user'}</span>
  return (
    <span class="line-owner" title={user}>
      {user}
    </span>
  )
}

/** The first properties that the sender has set itself, in one line. */
export function previewOf(properties: JsonObject): string {
  const distinctive = Object.entries(properties).filter(([name]) => !COMMON.test(name))
  return distinctive
    .slice(0, 6)
    .map(([name, value]) => `${name}: ${shortJson(value)}`)
    .join(' · ')
    .slice(0, 200)
}
