import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Json } from '../api/types.ts'
import { isExplainable } from '../explain/hand-over.ts'
import { PickButtons } from '../explain/pick-buttons.tsx'
import { linkTo } from '../state/route.ts'
import { CopyButton } from '../ui/copy.tsx'
import { Icon } from '../ui/icons.tsx'
import { JsonText } from '../ui/json.tsx'
import { OutcomeMark } from '../ui/marks.tsx'
import { exactTime, wholeTime } from '../ui/time.ts'
import { VerdictText } from '../verdicts/verdict-text.tsx'
import { asCurl } from './as-curl.ts'
import { compareWithStored } from './compare.ts'
import { BothSides, OneSide } from './property-table.tsx'
import { gravestFirst, type LiveRow, propertiesOf } from './row.ts'

interface DetailsProps {
  /** Null while it is loading, undefined if it does not exist. */
  readonly row: LiveRow | null | undefined
  readonly token: string
  readonly onClose: () => void
}

/** One record: its outcome, the reasons, and what was sent next to what was stored. */
export function Details({ row, token, onClose }: DetailsProps) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    panel.current?.scrollTo(0, 0)
  }, [row?.item])
  return (
    <aside class="details" ref={panel} tabIndex={-1} aria-label="Details of the record">
      <button type="button" class="quiet icon close" aria-label="Close the details" onClick={onClose}>
        <Icon name="x" />
      </button>
      {row === null && <p class="hint">Loading the record…</p>}
      {row === undefined && (
        <p class="hint">This record is gone: the project was reset, or the verdict is too old to be kept.</p>
      )}
      {row && <RowDetails row={row} token={token} />}
    </aside>
  )
}

function RowDetails({ row, token }: { readonly row: LiveRow; readonly token: string }) {
  const curl = asCurl(row, token, location.origin)
  const whole: Json = row.stored === undefined ? (row.sent ?? null) : { ...row.stored }
  return (
    <>
      <header class="details-head">
        <OutcomeMark outcome={row.outcome} />
        <h2>{row.name}</h2>
      </header>
      {gravestFirst(row).map((verdict) => (
        <VerdictText key={verdict.id} verdict={verdict} />
      ))}
      {row.verdicts.length === 0 && <p class="hint">Stored as it was sent.</p>}
      <Facts row={row} />
      <div class="actions">
        <CopyButton text={JSON.stringify(whole, null, 2)} of="the record as JSON" words="Copy JSON" />
        {curl !== undefined && (
          <CopyButton text={curl} of="a command that sends it again" words="Copy as curl" />
        )}
        <CopyButton text={location.href} of="the address of this record" words="Copy link" />
        {isExplainable(row) && <PickButtons row={row} token={token} />}
      </div>
      <Properties row={row} />
      <details>
        <summary>JSON</summary>
        <pre class="json">
          <JsonText value={whole} />
        </pre>
      </details>
    </>
  )
}

function Facts({ row }: { readonly row: LiveRow }) {
  const { stored, user, group } = row
  const isElse = stored !== undefined && stored.original_distinct_id !== stored.distinct_id
  return (
    <dl class="facts">
      {group !== '' && <Fact name="Group">{group}</Fact>}
      {user !== '' && (
        <Fact name="User">
          <a class="id" href={linkTo({ view: 'users', item: user })}>
            {user}
          </a>
        </Fact>
      )}
      {stored !== undefined && user === '' && <Fact name="User">none</Fact>}
      {isElse && <Fact name="Stored under">{stored.original_distinct_id}</Fact>}
      {stored !== undefined && (
        <>
          <Fact name="Time">{wholeTime(stored.time)}</Fact>
          <Fact name="$insert_id">
            <span class="id">{stored.insert_id}</span>
          </Fact>
        </>
      )}
      <Copied row={row} />
      <Fact name="Received">{exactTime(row.receivedMs)}</Fact>
      {row.verdicts[0] && <Fact name="Endpoint">{row.verdicts[0].endpoint}</Fact>}
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** The event that duplicates are copies of, as reports count it. */
function Copied({ row }: { readonly row: LiveRow }) {
  const verdict = row.verdicts.find(({ code }) => code === 'dedup.hidden_duplicate')
  if (verdict === undefined) return null
  const { event = '', time = '', insert_id = '' } = verdict.values
  const item = `${Date.parse(String(time))}.${insert_id}`
  return (
    <Fact name="Duplicate of">
      <a href={linkTo({ view: 'live', item })}>{event}</a>, {wholeTime(String(time))}
    </Fact>
  )
}

function Properties({ row }: { readonly row: LiveRow }) {
  const { stored } = row
  const sent = row.sent === undefined ? undefined : propertiesOf(row.sent)
  if (stored === undefined && sent === undefined) return null
  if (stored === undefined || sent === undefined) {
    return <OneSide properties={stored?.properties ?? sent ?? {}} isStored={stored !== undefined} />
  }
  return <BothSides compared={compareWithStored(sent, stored)} />
}
