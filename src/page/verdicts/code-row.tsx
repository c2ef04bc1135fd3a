import { listVerdicts } from '../api/routes.ts'
import type { RenderedVerdict, Verdict, VerdictCount } from '../api/types.ts'
import { ExplainRecorded } from '../explain/explain-recorded.tsx'
import { isObject, verdictRow } from '../live/row.ts'
import { RuleSection } from '../rules/rule-section.tsx'
import { linkTo } from '../state/route.ts'
import { JsonText } from '../ui/json.tsx'
import { useLoaded } from '../ui/loaded.ts'
import { Advice } from '../ui/marks.tsx'
import { ago, countText, wholeTime } from '../ui/time.ts'
import { Sentence } from './sentence.tsx'
import { nameOf, VerdictRow } from './verdict-table.tsx'

/** The number of records shown of a code. */
const EXAMPLES = 5

interface CodeRowProps {
  readonly token: string
  readonly counted: VerdictCount
  /** Its entry of the catalogue; undefined until that is read. */
  readonly entry: RenderedVerdict | undefined
}

/** A code with an outcome and a severity: its newest sentence, how often and when last; opens to examples, the advice and the rule. */
export function CodeRow({ token, counted, entry }: CodeRowProps) {
  const { count, newest } = counted
  // Made from the record, it holds for that record alone.
  const advice = count > 1 && entry?.advice.includes('{') === true ? undefined : newest.advice
  return (
    <VerdictRow
      verdict={newest}
      sentence={<Sentence message={newest.message} template={count > 1 ? entry?.message : undefined} />}
      cells={[
        <td key="count" class="cell-count number">
          {countText(count)}
        </td>,
        <td key="time" class="cell-time">
          <Ago time={newest.received_at} />
        </td>,
      ]}
    >
      {advice !== undefined && <Advice>{advice}</Advice>}
      <div class="verdict-parts">
        <Examples token={token} counted={counted} shownAdvice={advice} />
        <RuleSection rule={newest.rule} />
      </div>
    </VerdictRow>
  )
}

function Ago({ time }: { readonly time: string }) {
  return (
    <time dateTime={time} title={wholeTime(time)}>
      {ago(Date.parse(time), Date.now())}
    </time>
  )
}

interface ExamplesProps extends Omit<CodeRowProps, 'entry'> {
  /** The advice above the examples, which they do not repeat. */
  readonly shownAdvice: string | undefined
}

function Examples({ token, counted, shownAdvice }: ExamplesProps) {
  const { count, newest } = counted
  const { code, outcome, severity } = newest
  const query = { code, outcome, severity, order: 'newest', limit: EXAMPLES }
  const answer = useLoaded(`${token}|${nameOf(newest)}`, newest.id, () => listVerdicts(token, query))
  return (
    <section aria-label={`Examples of ${code}`}>
      <h3>{count > EXAMPLES ? `The newest ${EXAMPLES} of ${countText(count)} records` : 'Records'}</h3>
      {answer?.ok === false && (
        <p class="error" role="alert">
          {answer.error.detail}
        </p>
      )}
      <ol class="examples">
        {(answer?.ok === true ? answer.value.verdicts : [newest]).map((verdict) => (
          <Example key={verdict.id} verdict={verdict} shownAdvice={shownAdvice} />
        ))}
      </ol>
      <div class="actions">
        <a class="button small" href={linkTo({ view: 'live', query: { q: `code:${code}` } })}>
          Show in Live
        </a>
        {hasEvent(newest) && (
          <ExplainRecorded token={token} code={code} outcome={outcome} words="Explain these" />
        )}
      </div>
    </section>
  )
}

/** Events can be explained; profile updates and requests cannot. */
function hasEvent({ record }: Verdict): boolean {
  return isObject(record) && typeof record['event'] === 'string'
}

interface ExampleProps extends Pick<ExamplesProps, 'shownAdvice'> {
  readonly verdict: Verdict
}

function Example({ verdict, shownAdvice }: ExampleProps) {
  const { id, received_at, endpoint, record, message, advice } = verdict
  const { name, user, group } = verdictRow([verdict])
  return (
    <li>
      <p class="example-head">
        <span>
          <a href={linkTo({ view: 'live', item: `v${id}` })}>{name}</a>
          {group !== '' && ` of ${group}`}
          {user !== '' && (
            <>
              {' of '}
              <a class="id" href={linkTo({ view: 'users', item: user })}>
                {user}
              </a>
            </>
          )}
        </span>
        <span class="hint">
          {name !== endpoint && `${endpoint}, `}
          <Ago time={received_at} />
        </span>
      </p>
      <p>{message}</p>
      {advice !== shownAdvice && <Advice>{advice}</Advice>}
      {record !== null && (
        <details>
          <summary>Record</summary>
          <pre class="json">
            <JsonText value={record} />
          </pre>
        </details>
      )}
    </li>
  )
}
