import type { RenderedVerdict } from '../api/types.ts'
import { linkTo } from '../state/route.ts'
import { Advice, SeverityMark } from '../ui/marks.tsx'
import { RuleLink } from './rule-link.tsx'

/** A verdict: what happened, what to do, and the rule. */
export function VerdictText({ verdict }: { readonly verdict: RenderedVerdict }) {
  return (
    <section class={`verdict severity-${verdict.severity}`}>
      <p class="verdict-head">
        <SeverityMark severity={verdict.severity} />{' '}
        <a href={linkTo({ view: 'live', query: { q: `code:${verdict.code}` } })}>{verdict.code}</a>
        <RuleLink rule={verdict.rule} />
      </p>
      <p>{verdict.message}</p>
      <Advice>{verdict.advice}</Advice>
    </section>
  )
}
