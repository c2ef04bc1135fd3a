import { SURENESS } from '../core/contract/rule.ts'
import type { Infer } from '../core/json-schema.ts'
import { listOf, named, object, orNull, PROBLEM, TEXT } from './routing/schemas.ts'
import { json, problem, type RouteShape } from './routing/shape.ts'
import { RENDERED_VERDICT } from './verdicts.shape.ts'

const LISTED_FIELDS = {
  id: TEXT,
  chapter: { ...TEXT, description: 'The letters of the id.' },
  title: TEXT,
  sureness: {
    ...listOf({ enum: SURENESS }),
    description:
      'D: documented. D-old: formerly documented. O: observed by third parties. S: required by an SDK’s source. I: inferred, or our decision.',
  },
} as const

const LISTED_RULE = object(LISTED_FIELDS)

const RULE = named(
  'Rule',
  object({
    ...LISTED_FIELDS,
    statement: { ...TEXT, description: 'Markdown, like the other texts.' },
    example: orNull(TEXT),
    source: { ...orNull(TEXT), description: 'The sources of the rule, each with its mark of certainty.' },
    choice: {
      ...orNull(TEXT),
      description: 'What Twinpanel does about a contradiction or an open question.',
    },
    departures: {
      ...listOf(object({ what: TEXT, why: TEXT })),
      description: 'Where Twinpanel deliberately differs.',
    },
    verdicts: { ...listOf(RENDERED_VERDICT), description: 'The verdicts that cite the rule.' },
    related: { ...listOf(TEXT), description: 'The ids that the rule cites.' },
  }),
)

export const LIST_RULES = {
  method: 'GET',
  url: '/_twin/rules',
  tag: 'Explaining',
  operationId: 'listRules',
  summary: 'List the rules of the contract',
  answers: { 200: json('Every rule, in order.', object({ rules: listOf(LISTED_RULE) })) },
} as const satisfies RouteShape

export const READ_RULE = {
  method: 'GET',
  url: '/_twin/rules/:rule',
  tag: 'Explaining',
  operationId: 'readRule',
  summary: 'Read a rule of the contract',
  description: 'How Mixpanel behaves, and how certain that is. Verdicts cite rules by their ids.',
  params: { rule: 'The id of a rule, such as IDS-07.' },
  answers: {
    200: json('The rule.', RULE),
    404: problem('No rule has this id; detail names the nearest one.', PROBLEM),
  },
} as const satisfies RouteShape

export type ListedRule = Infer<typeof LISTED_RULE>

/** A rule of the contract. Texts are Markdown, and null if the rule has none. */
export type Rule = Infer<typeof RULE>
