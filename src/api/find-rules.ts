import { type Contract, nearestId } from '../core/contract/contract.ts'
import type { Rule as ContractRule } from '../core/contract/rule.ts'
import { err, ok, type Result } from '../core/result.ts'
import { CATALOGUE, type VerdictCode } from '../core/verdict/catalogue.ts'
import { openContract } from './read-contract.ts'
import type { ListedRule, Rule } from './rules.shape.ts'

const loadContract = openContract()

/** Every rule, in the order of the contract. */
export async function listRules(): Promise<readonly ListedRule[]> {
  const { rules } = await loadContract()
  return [...rules.values()].map(toListed)
}

/** A rule by its id. Errors: a sentence that names the most similar id. */
export async function findRule(id: string): Promise<Result<Rule, string>> {
  const contract = await loadContract()
  const rule = contract.rules.get(id)
  if (rule !== undefined) return ok(toShown(rule, contract))
  const nearest = nearestId(id, contract)
  const hint = nearest === undefined ? 'GET /_twin/rules lists all.' : `Did you mean ${nearest}?`
  return err(`No rule has the id ${JSON.stringify(id)}. ${hint}`)
}

function toListed({ id, chapter, title, sureness }: ContractRule): ListedRule {
  return { id, chapter, title, sureness }
}

function toShown(rule: ContractRule, contract: Contract): Rule {
  const { statement, example = null, source = null, choice = null, departures } = rule
  const shown = { ...toListed(rule), statement, example, source, choice, departures }
  return { ...shown, verdicts: verdictsOf(rule), related: relatedTo(rule, contract) }
}

/** The kinds of verdict that name the rule, or that it defines. */
function verdictsOf({ id, title }: ContractRule): Rule['verdicts'] {
  const codes = Object.keys(CATALOGUE) as VerdictCode[]
  const named = codes.filter((code) => CATALOGUE[code].rule === id || `\`${code}\`` === title)
  return named.map((code) => ({ code, ...CATALOGUE[code] }))
}

/** The other rules that a rule cites, each once. */
function relatedTo(rule: ContractRule, { citedIn, rules }: Contract): readonly string[] {
  const { id, statement, example, source, choice, departures } = rule
  const texts = [statement, example, source, choice, ...departures.flatMap(({ what, why }) => [what, why])]
  const cited = citedIn(texts.filter((text) => text !== undefined).join('\n'))
  return [...new Set(cited)].filter((other) => other !== id && rules.has(other))
}
