import { readRule } from '../api/routes.ts'
import { linkToRule } from '../state/route.ts'
import { useLoaded } from '../ui/loaded.ts'
import { RuleBody } from './rule-body.tsx'

/** The text of a rule, in the flow of the page. */
export function RuleSection({ rule: id }: { readonly rule: string }) {
  const answer = useLoaded(id, 0, () => readRule(id))
  return (
    <section class="rule-text" aria-label={`Rule ${id}`}>
      <h3>
        <a href={linkToRule(id)}>Rule {id}</a>
        {answer?.ok === true && `: ${answer.value.title.replaceAll('`', '')}`}
      </h3>
      {answer?.ok === false && (
        <p class="error" role="alert">
          {answer.error.detail}
        </p>
      )}
      {answer?.ok === true && <RuleBody rule={answer.value} />}
    </section>
  )
}
