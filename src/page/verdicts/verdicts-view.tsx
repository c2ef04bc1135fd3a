import { countVerdicts, readCatalogue } from '../api/routes.ts'
import { changes, rows } from '../live/store.ts'
import { SetUp } from '../setup/set-up.tsx'
import { TestEventButton } from '../setup/test-event-button.tsx'
import { linkTo, route } from '../state/route.ts'
import { Icon } from '../ui/icons.tsx'
import { useBeat, useLoaded } from '../ui/loaded.ts'
import { Catalogue } from './catalogue.tsx'
import { CodeRow } from './code-row.tsx'
import { NoneShown, passesFilters, VerdictFilters } from './verdict-filters.tsx'
import { nameOf, VerdictTable } from './verdict-table.tsx'

/** The item of the catalogue in the address. */
const CATALOGUE = 'catalogue'
const AGO_MS = 10_000

/** The verdicts on a project's records, or the catalogue of all kinds. */
export function VerdictsView({ token }: { readonly token: string }) {
  const isCatalogue = route.value.item === CATALOGUE
  return (
    <div class="page verdicts">
      <header class="page-head">
        <h1>{isCatalogue ? 'Verdict catalogue' : 'Verdicts'}</h1>
        {isCatalogue ? (
          <a class="back" href={linkTo({ view: 'verdicts' })}>
            <Icon name="arrow-left" /> Verdicts of this project
          </a>
        ) : (
          <a href={linkTo({ view: 'verdicts', item: CATALOGUE })}>Verdict catalogue</a>
        )}
      </header>
      {isCatalogue ? <Catalogue /> : <Codes token={token} />}
    </div>
  )
}

/** A row for each code, outcome and severity, the worst first. */
function Codes({ token }: { readonly token: string }) {
  // The age of the newest verdict is updated while nothing arrives.
  useBeat(AGO_MS)
  const answer = useLoaded(token, changes.value, () => countVerdicts(token))
  const catalogue = useLoaded('catalogue', 0, readCatalogue)
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
  const shown = codes.filter(({ newest }) => passesFilters(newest))
  const entries = new Map(
    catalogue?.ok === true ? catalogue.value.verdicts.map((entry) => [entry.code, entry]) : [],
  )
  return (
    <>
      <VerdictFilters all={codes.map(({ count, newest }) => ({ verdict: newest, count }))} />
      {shown.length === 0 ? (
        <NoneShown />
      ) : (
        <VerdictTable caption="Verdicts by code, the worst first" heads={['Count', 'Last seen']}>
          {shown.map((counted) => (
            <CodeRow
              key={nameOf(counted.newest)}
              token={token}
              counted={counted}
              entry={entries.get(counted.newest.code)}
            />
          ))}
        </VerdictTable>
      )}
    </>
  )
}

function NoVerdicts({ token }: { readonly token: string }) {
  const received = rows.value?.length
  return (
    <section class="empty no-verdicts" aria-labelledby="empty-title">
      {received === 0 ? (
        <h2 id="empty-title">Nothing has arrived yet</h2>
      ) : (
        <h2 id="empty-title">
          <Icon name="check" /> No problems
        </h2>
      )}
      {received === 0 && (
        <>
          <p>The verdicts on this project’s records will be listed here.</p>
          <TestEventButton token={token} />
          <SetUp token={token} />
        </>
      )}
      {received !== undefined && received > 0 && (
        <p>
          Every record was stored as it was sent. A record that is changed, dropped, refused or has no effect
          is listed here, with the reason and what to do.
        </p>
      )}
    </section>
  )
}
