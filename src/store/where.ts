import { type RawBuilder, sql } from 'kysely'
import type {
  ArithmeticOperator,
  Expression,
  FunctionName,
  Literal,
  Source,
} from '../core/segmentation/ast.ts'
import { writeMoment } from '../core/segmentation/datetime.ts'
import { stampOf, stampOfNumber } from './timestamp-text.ts'

/** The SQL of a property, as jsonb; null where there is none. */
export type PropertySql = (source: Source, name: string) => RawBuilder<unknown>

type Sql = RawBuilder<unknown>

/**
 * A value in each form that it may have; SQL null is undefined. A form that it cannot have is absent, so that each
 * operand but a property is written once, however deep the expression.
 */
interface Forms {
  readonly num?: Sql | undefined
  readonly text?: Sql | undefined
  readonly bool?: Sql | undefined
  /** Any of them, as jsonb. */
  readonly json: Sql
  /** A moment as text; of a date that the expression names, or takes a property for. */
  readonly stamp?: Sql | undefined
}

/**
 * A segmentation expression as a condition: never null, and never an error, whatever the rows hold (QRY-15). What
 * the expression says of names and values goes into parameters.
 */
export function whereSql(expression: Expression, property: PropertySql): RawBuilder<boolean> {
  return sql<boolean>`${truth(compile(expression, property))}`
}

/** What an expression is of each row, as a text that is never null: `undefined` where it is. Never an error. */
export function labelSql(expression: Expression, property: PropertySql): RawBuilder<string> {
  const { json } = compile(expression, property)
  return sql<string>`coalesce((${json}) #>> '{}', 'undefined')`
}

/** The number that an expression is of each row, 0 where it is none. Never an error, and never beyond a double. */
export function numberSql(expression: Expression, property: PropertySql): RawBuilder<string> {
  const { num } = compile(expression, property)
  return num === undefined ? sql<string>`0::numeric` : sql<string>`coalesce(${bounded(sql`(${num})`)}, 0)`
}

function compile(node: Expression, property: PropertySql): Forms {
  switch (node.kind) {
    case 'property':
      return ofProperty(property(node.source, node.name))
    case 'literal':
      return ofLiteral(node.value)
    case 'datetime':
      return {
        ...ofNumber(sql`${String(node.seconds)}::numeric`),
        stamp: sql`${writeMoment(node.seconds)}::text`,
      }
    case 'moment': {
      const { text, num } = ofProperty(property(node.operand.source, node.operand.name))
      const stamp = first(map(text, stampOf), map(num, stampOfNumber))
      return { stamp, json: map(stamp, toJson) ?? NOTHING }
    }
    case 'list':
      return { json: NOTHING }
    case 'all':
    case 'any': {
      const operands = node.operands.map((operand) => truth(compile(operand, property)))
      return ofBoolean(sql`(${sql.join(operands, node.kind === 'all' ? AND : OR)})`)
    }
    case 'not':
      return ofBoolean(negation(compile(node.operand, property)))
    case 'negate':
      return ofNumber(map(compile(node.operand, property).num, (num) => sql`(- ${num})`))
    case 'call':
      return call(node.name, compile(node.operand, property))
    case 'binary':
      return binary(node, property)
  }
}

const NOTHING = sql`null::jsonb`
const AND = sql` and `
const OR = sql` or `
/** No double is as large. */
const TOO_LARGE = sql`'1e309'::numeric`

function ofProperty(json: Sql): Forms {
  return {
    num: sql`(case when jsonb_typeof(${json}) = 'number' then (${json})::numeric end)`,
    text: sql`(case when jsonb_typeof(${json}) = 'string' then (${json}) #>> '{}' end)`,
    bool: sql`(case when jsonb_typeof(${json}) = 'boolean' then (${json})::boolean end)`,
    json,
  }
}

function ofLiteral(value: Literal): Forms {
  switch (typeof value) {
    case 'number':
      return ofNumber(sql`${String(value)}::numeric`)
    case 'string':
      return ofText(sql`${value}::text`)
    case 'boolean':
      return ofBoolean(sql`${value}::boolean`)
  }
}

function ofNumber(num: Sql | undefined): Forms {
  return { num, json: map(num, toJson) ?? NOTHING }
}

function ofText(text: Sql | undefined): Forms {
  return { text, json: map(text, toJson) ?? NOTHING }
}

function ofBoolean(bool: Sql | undefined): Forms {
  return { bool, json: map(bool, toJson) ?? NOTHING }
}

function toJson(value: Sql): Sql {
  return sql`to_jsonb(${value})`
}

/** What is undefined, or no boolean, is not true. */
function truth({ bool }: Forms): Sql {
  return bool === undefined ? sql`false` : sql`coalesce(${bool}, false)`
}

/** Not undefined is true; not anything but a boolean is undefined. */
function negation({ num, text, bool, json }: Forms): Sql {
  if (bool !== undefined && num === undefined && text === undefined)
    return sql`(not coalesce(${bool}, false))`
  return sql`(case when ${json} is null then true else not ${bool ?? sql`null::boolean`} end)`
}

function call(name: FunctionName, { num, text, bool, json }: Forms): Forms {
  switch (name) {
    case 'floor':
      return ofNumber(map(num, (own) => sql`floor(${own})`))
    case 'round':
      return ofNumber(map(num, (own) => sql`round(${own})`))
    case 'ceil':
      return ofNumber(map(num, (own) => sql`ceil(${own})`))
    case 'defined':
      return ofBoolean(sql`(coalesce(${json}, 'null'::jsonb) <> 'null'::jsonb)`)
    case 'boolean': {
      const fromNumber = map(num, (own) => sql`(${own} <> 0)`)
      // Official tools ask boolean(properties["$email"]) == true for whoever has one.
      const fromText = map(text, (own) => sql`(${own} not in ('', 'false'))`)
      return ofBoolean(first(bool, fromNumber, fromText))
    }
    case 'number':
      return ofNumber(
        first(
          num,
          map(bool, (own) => sql`(${own})::integer::numeric`),
          map(text, parseNumber),
        ),
      )
    case 'string': {
      const fromNumber = map(num, (own) => sql`trim_scale(${own})::text`)
      return ofText(
        first(
          text,
          fromNumber,
          map(bool, (own) => sql`(${own})::text`),
        ),
      )
    }
  }
}

/** A decimal number in a text, short enough for any numeric; its text is written once only. */
function parseNumber(text: Sql): Sql {
  return sql`substring(${text} from ${NUMBER}::text)::numeric`
}

const NUMBER = '^\\s*([+-]?(?:\\d{1,255}(?:\\.\\d{0,255})?|\\.\\d{1,255})(?:[eE][+-]?\\d{1,3})?)\\s*$'

type Binary = Extract<Expression, { readonly kind: 'binary' }>

function binary({ operator, left, right }: Binary, property: PropertySql): Forms {
  const a = compile(left, property)
  switch (operator) {
    case 'in':
      if (right.kind === 'list') return ofBoolean(isListed(a, right.values))
      return ofBoolean(isWithin(a, compile(right, property), right.kind === 'property'))
    case '==':
      return ofBoolean(equality(a, compile(right, property)))
    case '!=':
      return ofBoolean(sql`(not ${equality(a, compile(right, property))})`)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ofBoolean(first(...inCommonForms(a, compile(right, property), ORDERS[operator])))
    default:
      return arithmetic(operator, a, compile(right, property))
  }
}

type Operation = (a: Sql, b: Sql) => Sql

const EQUALS: Operation = (a, b) => sql`(${a} = ${b})`
const ORDERS: Readonly<Record<'<' | '<=' | '>' | '>=', Operation>> = {
  '<': (a, b) => sql`(${a} < ${b})`,
  '<=': (a, b) => sql`(${a} <= ${b})`,
  '>': (a, b) => sql`(${a} > ${b})`,
  '>=': (a, b) => sql`(${a} >= ${b})`,
}
const ARITHMETIC: Readonly<Record<ArithmeticOperator, Operation>> = {
  '+': (a, b) => sql`(${a} + ${b})`,
  '-': (a, b) => sql`(${a} - ${b})`,
  '*': (a, b) => sql`(${a} * ${b})`,
  '/': (a, b) => sql`(${a} / nullif(${b}, 0))`,
  '%': (a, b) => sql`(${a} % nullif(${b}, 0))`,
}

/** Values of different types are not equal; of the same, undefined included, as they are. */
function equality(a: Forms, b: Forms): Sql {
  if (a.stamp === undefined && b.stamp === undefined) return sql`(${a.json} is not distinct from ${b.json})`
  return first(...inCommonForms(a, b, EQUALS), sql`false`) ?? sql`false`
}

/**
 * An operation on two numbers or two texts, for each of the two that they may be. A date is a number beside one, a text
 * beside one; a property that is taken for a date is a text.
 */
function inCommonForms(a: Forms, b: Forms, operation: Operation): readonly (Sql | undefined)[] {
  return [
    both(a.num, b.num, operation),
    both(textBeside(b, a), textBeside(a, b), (x, y) =>
      operation(sql`${x} collate "C"`, sql`${y} collate "C"`),
    ),
  ]
}

/** The text that an operand has beside another: that of a moment where either is one. */
function textBeside(other: Forms, own: Forms): Sql | undefined {
  if (own.stamp !== undefined || other.stamp === undefined) return own.stamp ?? own.text
  const ofNumber = other.num === undefined ? map(own.num, stampOfNumber) : undefined
  return first(map(own.text, stampOf), ofNumber)
}

function arithmetic(operator: ArithmeticOperator, a: Forms, b: Forms): Forms {
  const num = both(a.num, b.num, (x, y) => ARITHMETIC[operator](bounded(x), bounded(y)))
  const text = operator === '+' ? both(a.text, b.text, (x, y) => sql`(${x} || ${y})`) : undefined
  return { num, text, json: first(map(num, toJson), map(text, toJson)) ?? NOTHING }
}

/** A number that is beyond a double is undefined: so no operation on two leaves what a numeric can hold. */
function bounded(num: Sql): Sql {
  return sql`nullif(nullif(greatest(least(${num}, ${TOO_LARGE}), - ${TOO_LARGE}), ${TOO_LARGE}), - ${TOO_LARGE})`
}

function isListed({ json }: Forms, values: readonly Literal[]): Sql {
  const listed = sql`select jsonb_array_elements(${JSON.stringify(values)}::jsonb)`
  return sql`coalesce(${json} = any(array(${listed})), false)`
}

/** A text in a text; where `b` is a property, also a value in a list. */
function isWithin(a: Forms, b: Forms, isProperty: boolean): Sql | undefined {
  if (!isProperty) return both(a.text, b.text, (x, y) => sql`(strpos(${y}, ${x}) > 0)`)
  // The subquery lets the operand be written once.
  return sql`(
    select case
      when jsonb_typeof(asked.a) in ('array', 'object') then null
      when jsonb_typeof(${b.json}) = 'array' then (${b.json}) @> asked.a
      when jsonb_typeof(asked.a) = 'string' then strpos(${b.text}, asked.a #>> '{}') > 0
    end
    from (select ${a.json} as a offset 0) as asked
  )`
}

function first(...all: readonly (Sql | undefined)[]): Sql | undefined {
  const some = all.filter((own) => own !== undefined)
  return some.length > 1 ? sql`coalesce(${sql.join(some)})` : some[0]
}

function map(form: Sql | undefined, change: (form: Sql) => Sql): Sql | undefined {
  return form === undefined ? undefined : change(form)
}

function both(a: Sql | undefined, b: Sql | undefined, operation: Operation): Sql | undefined {
  return a === undefined || b === undefined ? undefined : operation(a, b)
}
