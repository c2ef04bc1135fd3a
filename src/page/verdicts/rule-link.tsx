import { linkToRule } from '../state/route.ts'

/** A link to the text of a rule of the contract. */
export function RuleLink({ rule }: { readonly rule: string }) {
  return (
    <a class="rule" href={linkToRule(rule)}>
      Rule {rule}
    </a>
  )
}

/** The same with only the id, for contexts where it is clearly that of a rule. */
export function RuleId({ rule }: { readonly rule: string }) {
  return (
    <a class="rule-id" href={linkToRule(rule)}>
      {rule}
    </a>
  )
}
