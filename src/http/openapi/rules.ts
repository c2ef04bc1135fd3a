import { SURENESS } from '../../core/contract/rule.ts'
import type { ListedRule, ShownRule } from '../../twin/rules.ts'
import type { FieldsOf } from '../../twin/setting-schemas.ts'
import { json, listOf, type Operations, object, problem, type Schema, shape } from './operation.ts'

const tags = ['Explaining'] as const

const TEXT: Schema = { type: 'string' }
const TEXT_OR_NULL: Schema = { type: ['string', 'null'] }

const LISTED_RULE: FieldsOf<ListedRule> = {
  id: TEXT,
  chapter: { ...TEXT, description: 'The letters of the id.' },
  title: TEXT,
  sureness: {
    ...listOf({ enum: SURENESS }),
    description:
      'D: documented. D-old: documented formerly. O: observed by third parties. S: required by an SDK’s source. I: inferred, or our decision.',
  },
}

const RULE: FieldsOf<ShownRule> = {
  ...LISTED_RULE,
  statement: { ...TEXT, description: 'Markdown, like the other texts.' },
  example: TEXT_OR_NULL,
  source: { ...TEXT_OR_NULL, description: 'Which mark of sureness holds for which part.' },
  choice: { ...TEXT_OR_NULL, description: 'What Twinpanel does about a contradiction or an open question.' },
  departures: {
    ...listOf(object({ what: TEXT, why: TEXT })),
    description: 'Where Twinpanel does otherwise.',
  },
  verdicts: { ...listOf(shape('RenderedVerdict')), description: 'The kinds of verdict that name the rule.' },
  related: { ...listOf(TEXT), description: 'The ids that the rule cites.' },
}

/** The contract. */
export const RULE_OPERATIONS: Operations = {
  'GET /_twin/rules': {
    tags,
    operationId: 'listRules',
    summary: 'List the rules of the contract',
    answers: { 200: json('Every rule, in order.', object({ rules: listOf(object(LISTED_RULE)) })) },
  },
  'GET /_twin/rules/:rule': {
    tags,
    operationId: 'readRule',
    summary: 'Read a rule of the contract',
    description: 'What verdicts and links name as their rule: how Mixpanel behaves, and how sure that is.',
    answers: {
      200: json('The rule.', object(RULE)),
      404: problem('No rule has this id; detail names the one that is most like it.'),
    },
  },
}
