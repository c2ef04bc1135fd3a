import { countVerdicts } from '../api/routes.ts'
import type { Verdict, VerdictCount } from '../api/types.ts'
import { ExplainRecorded } from '../explain/explain-recorded.tsx'
import { isObject } from '../live/row.ts'
import { changes } from '../live/store.ts'
import { linkTo } from '../state/route.ts'
import { JsonText } from '../ui/json.tsx'
import { useLoaded } from '../ui/loaded.ts'
import { OutcomeMark } from '../ui/marks.tsx'
import { countText, wholeTime } from '../ui/time.ts'
import { VerdictText } from './verdict-text.tsx'

/** What was told of a project's records: each code once, with how often and the newest of it. */
export function VerdictsView({ token }: { readonly token: string }) {
  const answer = useLoaded(token, changes.value, () => countVerdicts(token))
  return (
    <div class="page verdicts">
      <header class="page-head">
        <h1>Verdicts</h1>
      </header>
      {answer === undefined && <p class="hint">Reading the verdicts…</p>}
      {answer?.ok === false && (
        <p class="fault" role="alert">
          {answer.fault.detail}
        </p>
      )}
      {answer?.ok && answer.value.codes.length === 0 && (
        <p class="lead">Nothing to tell: all that came was stored as it was sent.</p>
      )}
      {answer?.ok &&
        answer.value.codes.map((own) => <CodeCard key={own.newest.code} counted={own} token={token} />)}
    </div>
  )
}

function CodeCard({ counted, token }: { readonly counted: VerdictCount; readonly token: string }) {
  const { count, newest } = counted
  return (
    <section class="card" aria-label={newest.code}>
      <div class="page-head">
        <h2>
          {countText(count)} × <OutcomeMark outcome={newest.outcome} />
        </h2>
        <span class="actions">
          {hasEvent(newest) && <ExplainRecorded token={token} code={newest.code} words="Explain these" />}
          <a class="button small" href={linkTo({ view: 'live', query: { q: `code:${newest.code}` } })}>
            Show in Live
          </a>
        </span>
      </div>
      <VerdictText told={newest} />
      <Newest verdict={newest} />
    </section>
  )
}

/** Events can be explained; profile updates and requests cannot. */
function hasEvent({ record }: Verdict): boolean {
  return isObject(record) && typeof record['event'] === 'string'
}

function Newest({ verdict }: { readonly verdict: Verdict }) {
  return (
    <details>
      <summary>
        The newest: {wholeTime(verdict.received_at)}, {verdict.endpoint}
      </summary>
      <pre class="json">
        <JsonText value={verdict.record} />
      </pre>
      <p>
        <a href={linkTo({ view: 'live', item: `v${verdict.id}` })}>Open this record</a>
      </p>
    </details>
  )
}
