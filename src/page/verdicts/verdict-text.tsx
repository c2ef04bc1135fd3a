import type { RenderedVerdict } from '../api/types.ts'
import { linkTo } from '../state/route.ts'
import { Advice, SeverityMark } from '../ui/marks.tsx'
import { RuleLink } from './rule-link.tsx'

/** A verdict: what happened, what to do, and where both come from. */
export function VerdictText({ verdict }: { readonly verdict: RenderedVerdict }) {
  const { code, severity, message, advice, rule } = verdict
  return (
    <section class={`verdict severity-${severity}`}>
      <p>
        <SeverityMark severity={severity} /> {message}
      </p>
      <Advice>{advice}</Advice>
      <p class="verdict-foot">
        <a class="id" href={linkTo({ view: 'live', query: { q: `code:${code}` } })}>
          {code}
        </a>
        <RuleLink rule={rule} />
      </p>
    </section>
  )
}
