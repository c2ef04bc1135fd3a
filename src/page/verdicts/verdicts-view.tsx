import { countVerdicts } from '../api/routes.ts'
import type { Severity, VerdictCount } from '../api/types.ts'
import { changes } from '../live/store.ts'
import { SetUp } from '../setup/set-up.tsx'
import { TestEventButton } from '../setup/test-event-button.tsx'
import { goTo, linkTo, route } from '../state/route.ts'
import { useBeat, useLoaded } from '../ui/loaded.ts'
import { countText } from '../ui/time.ts'
import { Catalogue } from './catalogue.tsx'
import { CodeCard } from './code-card.tsx'

/** The item of the catalogue in the address. */
const CATALOGUE = 'catalogue'
const AGO_MS = 10_000

/** The verdicts on a project's records, or the catalogue of all kinds. */
export function VerdictsView({ token }: { readonly token: string }) {
  const isCatalogue = route.value.item === CATALOGUE
  return (
    <div class="page verdicts">
      <header class="page-head">
        <h1>Verdicts</h1>
        {isCatalogue ? (
          <a href={linkTo({ view: 'verdicts' })}>← What was told of this project</a>
        ) : (
          <a href={linkTo({ view: 'verdicts', item: CATALOGUE })}>All that can be told</a>
        )}
      </header>
      {isCatalogue ? <Catalogue /> : <Codes token={token} />}
    </div>
  )
}

/** A card for each code, with its count and its newest verdict, the worst first. */
function Codes({ token }: { readonly token: string }) {
  // The age of the newest verdict is updated while nothing arrives.
  useBeat(AGO_MS)
  const answer = useLoaded(token, changes.value, () => countVerdicts(token))
  if (answer === undefined) return <p class="hint">Reading the verdicts…</p>
  if (!answer.ok) {
    return (
      <p class="error" role="alert">
        {answer.error.detail}
      </p>
    )
  }
  const { codes } = answer.value
  if (codes.length === 0) return <NoVerdicts token={token} />
  const { severity } = route.value.query
  const shown = codes.filter(({ newest }) => severity === undefined || newest.severity === severity)
  return (
    <>
      <SeverityChoice codes={codes} chosen={severity} />
      {shown.length === 0 && <p class="hint">None of these.</p>}
      {shown.map((counted) => (
        <CodeCard key={counted.newest.code} counted={counted} token={token} />
      ))}
    </>
  )
}

const CHOICES: readonly (readonly [severity: Severity | undefined, words: string, means: string])[] = [
  [undefined, 'All', ''],
  ['error', 'Errors', 'data was lost, or counted for the wrong person'],
  ['warning', 'Warnings', 'probably not what was meant'],
  ['info', 'Notes', 'good to know'],
]

interface SeverityChoiceProps {
  readonly codes: readonly VerdictCount[]
  readonly chosen: string | undefined
}

/** A button for each severity, with the number of its verdicts, that shows these only. */
function SeverityChoice({ codes, chosen }: SeverityChoiceProps) {
  const means = CHOICES.find(([severity]) => severity === chosen)?.[2] ?? ''
  return (
    <div class="actions" role="group" aria-label="Severity">
      {CHOICES.map(([severity, words]) => {
        const matching = codes.filter(({ newest }) => severity === undefined || newest.severity === severity)
        return (
          <button
            key={words}
            type="button"
            class="chip"
            aria-pressed={severity === chosen}
            onClick={() =>
              goTo({ view: 'verdicts', query: severity === undefined ? {} : { severity } }, false)
            }
          >
            {words} <span class="hint">{countText(matching.reduce((sum, { count }) => sum + count, 0))}</span>
          </button>
        )
      })}
      <span class="hint">{means}</span>
    </div>
  )
}

function NoVerdicts({ token }: { readonly token: string }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">Nothing to tell</h2>
      <p>
        Nothing has come, or all of it was stored as it was sent. What had no effect, was changed, dropped or
        rejected is counted here by its reason, with the newest example and what to do.
      </p>
      <TestEventButton token={token} />
      <SetUp token={token} />
    </section>
  )
}
