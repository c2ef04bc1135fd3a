import type { Outcome, RenderedVerdict, Severity } from '../api/types.ts'
import { goTo, linkTo, route } from '../state/route.ts'
import { OUTCOME_WORDS } from '../ui/outcome-words.ts'
import { countText } from '../ui/time.ts'

/** A kind of verdict, and how many there are. */
export interface Counted {
  readonly verdict: Pick<RenderedVerdict, 'severity' | 'outcome'>
  readonly count: number
}

const SEVERITIES: readonly (readonly [severity: Severity | undefined, words: string, means: string])[] = [
  [undefined, 'All', ''],
  ['error', 'Errors', 'Data was lost, or counted for the wrong person.'],
  ['warning', 'Warnings', 'Probably not what was meant.'],
  ['info', 'Info', 'Good to know.'],
]

/** True for a verdict of this severity and outcome; undefined stands for any. */
function passes(verdict: Counted['verdict'], severity: string | undefined, outcome: string | undefined) {
  return (
    (severity === undefined || severity === verdict.severity) &&
    (outcome === undefined || outcome === verdict.outcome)
  )
}

/** True for a verdict that the filters of the address let pass. */
export function passesFilters(verdict: Counted['verdict']): boolean {
  const { severity, outcome } = route.value.query
  return passes(verdict, severity, outcome)
}

/** Changes a filter of the address. */
export function setFilter(name: 'severity' | 'outcome' | 'q', value: string | undefined): void {
  const { [name]: _, ...query } = route.value.query
  goTo({ ...route.value, query: value === undefined ? query : { ...query, [name]: value } }, false)
}

/** The filters by severity and outcome, each with the number of verdicts that it lets pass. */
export function VerdictFilters({ all }: { readonly all: readonly Counted[] }) {
  const { severity, outcome } = route.value.query
  const countOf = (ofSeverity: string | undefined, ofOutcome: string | undefined) => {
    const passing = all.filter(({ verdict }) => passes(verdict, ofSeverity, ofOutcome))
    return countText(passing.reduce((sum, { count }) => sum + count, 0))
  }
  const outcomes = Object.keys(OUTCOME_WORDS).filter((name): name is Outcome =>
    all.some(({ verdict }) => verdict.outcome === name),
  )
  return (
    <div class="actions">
      <div class="chips" role="group" aria-label="Severity">
        {SEVERITIES.map(([name, words, means]) => (
          <button
            key={words}
            type="button"
            class="chip"
            title={means}
            aria-pressed={name === severity}
            onClick={() => setFilter('severity', name)}
          >
            {words} <span class="hint">{countOf(name, outcome)}</span>
          </button>
        ))}
      </div>
      <select
        aria-label="Outcome"
        value={outcome ?? ''}
        onChange={({ currentTarget: { value } }) => setFilter('outcome', value === '' ? undefined : value)}
      >
        <option value="">All outcomes</option>
        {outcomes.map((name) => (
          <option key={name} value={name}>
            {OUTCOME_WORDS[name]} ({countOf(severity, name)})
          </option>
        ))}
      </select>
      <span class="hint">{SEVERITIES.find(([name]) => name === severity)?.[2]}</span>
    </div>
  )
}

/** Says that the filters let nothing pass. */
export function NoneShown() {
  const { view, item } = route.value
  return (
    <p class="card none-shown" role="status">
      No verdict matches these filters. <a href={linkTo({ view, item })}>Show all</a>
    </p>
  )
}
