import { linkTo } from '../state/route.ts'

/** A rule of the contract, leading to what the catalogue says under it. */
export function RuleLink({ rule }: { readonly rule: string }) {
  return (
    <a class="rule" href={linkTo({ view: 'verdicts', item: 'catalogue', query: { q: rule } })}>
      Rule {rule}
    </a>
  )
}
