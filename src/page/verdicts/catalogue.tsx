import { readCatalogue } from '../api/routes.ts'
import type { RenderedVerdict } from '../api/types.ts'
import { goTo, linkTo, route } from '../state/route.ts'
import { focusSearch, leaveOnEscape, useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/loaded.ts'
import { Advice, OutcomeMark, SeverityMark } from '../ui/marks.tsx'
import { countText } from '../ui/time.ts'
import { RuleLink } from './rule-link.tsx'

/** All kinds of verdict: the outcome, what it means, what to do, and the rule it comes from. */
export function Catalogue() {
  const answer = useLoaded('catalogue', 0, readCatalogue)
  const { q = '' } = route.value.query
  useKeys({ '/': focusSearch })
  if (answer === undefined) return <p class="hint">Reading the catalogue…</p>
  if (!answer.ok) {
    return (
      <p class="error" role="alert">
        {answer.error.detail}
      </p>
    )
  }
  const words = q.toLowerCase().split(/\s+/)
  const all = answer.value.verdicts
  const shown = all.filter((verdict) => words.every((word) => textOf(verdict).includes(word)))
  return (
    <>
      <div class="actions catalogue-search">
        <input
          type="search"
          placeholder="A word, a code, or a rule such as IDS-21"
          aria-label="Filter the catalogue"
          spellcheck={false}
          value={q}
          onInput={(event) => search(event.currentTarget.value)}
          onKeyDown={leaveOnEscape}
        />
        <span class="hint" role="status">
          {countText(shown.length)} of {countText(all.length)}
        </span>
      </div>
      {shown.map((verdict) => (
        <Entry key={verdict.code} verdict={verdict} />
      ))}
      <p class="hint">
        A rule is a sentence of Twinpanel’s contract on how Mixpanel behaves. Its link shows what it says and
        how sure that is; docs/contract has all of them.
      </p>
    </>
  )
}

function search(q: string): void {
  goTo({ view: 'verdicts', item: 'catalogue', query: q === '' ? {} : { q } }, false)
}

function textOf({ code, rule, message, advice, outcome }: RenderedVerdict): string {
  return [code, rule, message, advice, outcome].join('\n').toLowerCase()
}

function Entry({ verdict }: { readonly verdict: RenderedVerdict }) {
  return (
    <section class={`verdict severity-${verdict.severity}`} aria-label={verdict.code}>
      <p class="verdict-head">
        <OutcomeMark outcome={verdict.outcome} />
        <SeverityMark severity={verdict.severity} />
        <a href={linkTo({ view: 'live', query: { q: `code:${verdict.code}` } })}>{verdict.code}</a>
        <RuleLink rule={verdict.rule} />
      </p>
      <p>{verdict.message}</p>
      <Advice>{verdict.advice}</Advice>
    </section>
  )
}
