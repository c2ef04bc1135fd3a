import type { Verdict, VerdictCount } from '../api/types.ts'
import { ExplainRecorded } from '../explain/explain-recorded.tsx'
import { idsOf, isObject, verdictRow } from '../live/row.ts'
import { linkTo } from '../state/route.ts'
import { JsonText } from '../ui/json.tsx'
import { Advice, OutcomeMark, SeverityMark } from '../ui/marks.tsx'
import { ago, countText, wholeTime } from '../ui/time.ts'
import { RuleLink } from './rule-link.tsx'

interface CodeCardProps {
  readonly counted: VerdictCount
  readonly token: string
}

/** A code: how often it was given, what happened, what to do, and the newest record with it. */
export function CodeCard({ counted, token }: CodeCardProps) {
  const { count, newest } = counted
  return (
    <section class={`card code-card severity-${newest.severity}`} aria-label={newest.code}>
      <header class="page-head">
        <h2>
          <span class="times">{countText(count)} ×</span> <span class="id">{newest.code}</span>
        </h2>
        <span class="actions">
          {hasEvent(newest) && <ExplainRecorded token={token} code={newest.code} words="Explain these" />}
          <a class="button small" href={linkTo({ view: 'live', query: { q: `code:${newest.code}` } })}>
            Show in Live
          </a>
        </span>
      </header>
      <p class="actions">
        <OutcomeMark outcome={newest.outcome} />
        <SeverityMark severity={newest.severity} />
        <RuleLink rule={newest.rule} />
      </p>
      <div>
        <p>{newest.message}</p>
        <Advice>{newest.advice}</Advice>
      </div>
      <Newest verdict={newest} />
    </section>
  )
}

/** Events can be explained; profile updates and requests cannot. */
function hasEvent({ record }: Verdict): boolean {
  return isObject(record) && typeof record['event'] === 'string'
}

function Newest({ verdict }: { readonly verdict: Verdict }) {
  const { id, received_at, endpoint, record } = verdict
  const { name } = verdictRow([verdict])
  const [user] = idsOf(record)
  return (
    <details>
      <summary>
        The newest: <strong>{name}</strong>
        {user !== undefined && (
          <>
            {' of '}
            <span class="id">{user}</span>
          </>
        )}
        {name !== endpoint && `, ${endpoint}`},{' '}
        <time dateTime={received_at} title={wholeTime(received_at)}>
          {ago(Date.parse(received_at), Date.now())}
        </time>
      </summary>
      <pre class="json">
        <JsonText value={record} />
      </pre>
      <p>
        <a href={linkTo({ view: 'live', item: `v${id}` })}>Open this record</a>
      </p>
    </details>
  )
}
