import { linkToRule } from '../state/route.ts'

/** Leads to the text of a rule of the contract. */
export function RuleLink({ rule }: { readonly rule: string }) {
  return (
    <a class="rule" href={linkToRule(rule)}>
      Rule {rule}
    </a>
  )
}

/** The same by the id alone, where it is plain that it is a rule's. */
export function RuleId({ rule }: { readonly rule: string }) {
  return (
    <a class="rule-id" href={linkToRule(rule)}>
      {rule}
    </a>
  )
}
