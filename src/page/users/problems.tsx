import { useSignal } from '@preact/signals'
import type { Problem } from '../api/types.ts'
import { linkTo } from '../state/route.ts'
import { ago, counted, countText, wholeTime } from '../ui/time.ts'
import { VerdictText } from '../verdicts/verdict-text.tsx'

const SHOWN_PROBLEMS = 5

/** The errors and warnings on a user's records: the newest of each code, the errors first. */
export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  const showsAll = useSignal(false)
  const ordered = problems.toSorted((a, b) => rank(a) - rank(b))
  const shown = showsAll.value ? ordered : ordered.slice(0, SHOWN_PROBLEMS)
  return (
    <section class="card problems" aria-labelledby="problems-title">
      <h2 id="problems-title">Problems</h2>
      <ul>
        {shown.map(({ count, newest }) => (
          <li key={newest.id}>
            <VerdictText verdict={newest} />
            <p class="hint">
              {counted(count, 'record')}
              {count > 1 && ' with this code, the last'}{' '}
              <a href={linkTo({ view: 'live', item: `v${newest.id}` })} title={wholeTime(newest.received_at)}>
                {ago(Date.parse(newest.received_at), Date.now())}
              </a>
            </p>
          </li>
        ))}
      </ul>
      {shown.length < problems.length && (
        <p class="actions">
          <button
            type="button"
            onClick={() => {
              showsAll.value = true
            }}
          >
            Show all {countText(problems.length)}
          </button>
        </p>
      )}
    </section>
  )
}

/** Errors before warnings; within each the order stays, newest first. */
function rank({ newest }: Problem): number {
  return newest.severity === 'error' ? 0 : 1
}
