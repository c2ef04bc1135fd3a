import { type Contract, nearestId } from '../core/contract/contract.ts'
import type { Departure, Rule, Sureness } from '../core/contract/rule.ts'
import { err, ok, type Result } from '../core/result.ts'
import { CATALOGUE, type VerdictCode } from '../core/verdict/catalogue.ts'
import type { CatalogueEntry } from '../core/verdict/entry.ts'
import { openContract } from './contract.ts'

/** A rule in the list of all. */
export interface ListedRule {
  readonly id: string
  readonly chapter: string
  readonly title: string
  readonly sureness: readonly Sureness[]
}

/** A rule as it is shown; texts are Markdown, and null where the rule has none. */
export interface ShownRule extends ListedRule {
  readonly statement: string
  readonly example: string | null
  readonly source: string | null
  readonly choice: string | null
  readonly departures: readonly Departure[]
  readonly verdicts: readonly (CatalogueEntry & { readonly code: VerdictCode })[]
  readonly related: readonly string[]
}

const loadContract = openContract()

/** Every rule, in the order of the contract. */
export async function listRules(): Promise<readonly ListedRule[]> {
  const { rules } = await loadContract()
  return [...rules.values()].map(toListed)
}

/** A rule by its id. Errors: the sentence that says so, with the id that is most like it. */
export async function findRule(id: string): Promise<Result<ShownRule, string>> {
  const contract = await loadContract()
  const rule = contract.rules.get(id)
  if (rule !== undefined) return ok(toShown(rule, contract))
  const nearest = nearestId(id, contract)
  const hint = nearest === undefined ? 'GET /_twin/rules lists all.' : `Did you mean ${nearest}?`
  return err(`No rule has the id ${JSON.stringify(id)}. ${hint}`)
}

function toListed({ id, chapter, title, sureness }: Rule): ListedRule {
  return { id, chapter, title, sureness }
}

function toShown(rule: Rule, contract: Contract): ShownRule {
  const { statement, example = null, source = null, choice = null, departures } = rule
  const shown = { ...toListed(rule), statement, example, source, choice, departures }
  return { ...shown, verdicts: verdictsOf(rule), related: relatedTo(rule, contract) }
}

/** The kinds of verdict that name the rule, or that it is itself. */
function verdictsOf({ id, title }: Rule): ShownRule['verdicts'] {
  const codes = Object.keys(CATALOGUE) as VerdictCode[]
  const own = codes.filter((code) => CATALOGUE[code].rule === id || `\`${code}\`` === title)
  return own.map((code) => ({ code, ...CATALOGUE[code] }))
}

/** The other rules that a rule cites, each once. */
function relatedTo(rule: Rule, { citedIn, rules }: Contract): readonly string[] {
  const { id, statement, example, source, choice, departures } = rule
  const texts = [statement, example, source, choice, ...departures.flatMap(({ what, why }) => [what, why])]
  const cited = citedIn(texts.filter((text) => text !== undefined).join('\n'))
  return [...new Set(cited)].filter((other) => other !== id && rules.has(other))
}
