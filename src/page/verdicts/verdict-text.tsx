import type { Told } from '../api/types.ts'
import { linkTo } from '../state/route.ts'
import { SeverityMark } from '../ui/marks.tsx'
import { RuleLink } from './rule-link.tsx'

/** A verdict in words: what happened, what to do, and the rule. */
export function VerdictText({ told }: { readonly told: Told }) {
  return (
    <section class={`verdict severity-${told.severity}`}>
      <p class="verdict-head">
        <SeverityMark severity={told.severity} />{' '}
        <a href={linkTo({ view: 'live', query: { q: `code:${told.code}` } })}>{told.code}</a>
        <RuleLink rule={told.rule} />
      </p>
      <p>{told.message}</p>
      <p class="advice">{told.advice}</p>
    </section>
  )
}
