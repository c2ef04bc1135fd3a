import { type RawBuilder, sql } from 'kysely'
import type {
  ArithmeticOperator,
  Expression,
  FunctionName,
  Literal,
  Source,
} from '../core/segmentation/ast.ts'
import { writeDatetime } from '../core/segmentation/datetime.ts'
import { stampOf, stampOfNumber } from './timestamp-text.ts'

/** The SQL of a property, as jsonb; null if it is missing. */
export type PropertySql = (source: Source, name: string) => RawBuilder<unknown>

type Sql = RawBuilder<unknown>

/**
 * The SQL of a value in each type that it may have; SQL null means undefined. Types that it cannot have are absent, so
 * that the SQL of each operand except a property occurs once, however deep the expression.
 */
interface Forms {
  readonly num?: Sql | undefined
  readonly text?: Sql | undefined
  readonly bool?: Sql | undefined
  /** The value of any type, as jsonb. */
  readonly json: Sql
  /** A datetime as text, if the value is a datetime literal or datetime() of a property. */
  readonly stamp?: Sql | undefined
}

/**
 * A segmentation expression as a condition that is never null and never fails, for any content of the rows (QRY-15). Names
 * and values of the expression become parameters.
 */
export function whereSql(expression: Expression, property: PropertySql): RawBuilder<boolean> {
  return sql<boolean>`${truth(compile(expression, property))}`
}

/** The value of an expression for each row, as text; `undefined` if it is undefined. Never null, and never fails. */
export function labelSql(expression: Expression, property: PropertySql): RawBuilder<string> {
  const { json } = compile(expression, property)
  return sql<string>`coalesce((${json}) #>> '{}', 'undefined')`
}

/** The value of an expression for each row if it is a number, otherwise 0. Never fails, and never exceeds a double. */
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
        stamp: sql`${writeDatetime(node.seconds)}::text`,
      }
    case 'datetime_of': {
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
/** Greater than any double. */
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

/** Undefined, and any value but a boolean, is false. */
function truth({ bool }: Forms): Sql {
  return bool === undefined ? sql`false` : sql`coalesce(${bool}, false)`
}

/** `not` of undefined is true; `not` of any other value but a boolean is undefined. */
function negation({ num, text, bool, json }: Forms): Sql {
  if (bool !== undefined && num === undefined && text === undefined)
    return sql`(not coalesce(${bool}, false))`
  return sql`(case when ${json} is null then true else not ${bool ?? sql`null::boolean`} end)`
}

function call(name: FunctionName, { num, text, bool, json }: Forms): Forms {
  switch (name) {
    case 'floor':
      return ofNumber(map(num, (value) => sql`floor(${value})`))
    case 'round':
      return ofNumber(map(num, (value) => sql`round(${value})`))
    case 'ceil':
      return ofNumber(map(num, (value) => sql`ceil(${value})`))
    case 'defined':
      return ofBoolean(sql`(coalesce(${json}, 'null'::jsonb) <> 'null'::jsonb)`)
    case 'boolean': {
      const fromNumber = map(num, (value) => sql`(${value} <> 0)`)
      // Official tools use boolean(properties["$email"]) == true to find users with an email address.
      const fromText = map(text, (value) => sql`(${value} not in ('', 'false'))`)
      return ofBoolean(first(bool, fromNumber, fromText))
    }
    case 'number':
      return ofNumber(
        first(
          num,
          map(bool, (value) => sql`(${value})::integer::numeric`),
          map(text, parseNumber),
        ),
      )
    case 'string': {
      const fromNumber = map(num, (value) => sql`trim_scale(${value})::text`)
      return ofText(
        first(
          text,
          fromNumber,
          map(bool, (value) => sql`(${value})::text`),
        ),
      )
    }
  }
}

/** The decimal number in a text, if short enough for any numeric. The SQL of the text occurs only once. */
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

/** Values of different types are not equal; undefined equals undefined. */
function equality(a: Forms, b: Forms): Sql {
  if (a.stamp === undefined && b.stamp === undefined) return sql`(${a.json} is not distinct from ${b.json})`
  return first(...inCommonForms(a, b, EQUALS), sql`false`) ?? sql`false`
}

/**
 * An operation on two numbers and on two texts, as far as both operands may have these types. A datetime literal is
 * compared with a number as a number, and with a text as a text; datetime() of a property is a text.
 */
function inCommonForms(a: Forms, b: Forms, operation: Operation): readonly (Sql | undefined)[] {
  return [
    both(a.num, b.num, operation),
    both(textBeside(b, a), textBeside(a, b), (x, y) =>
      operation(sql`${x} collate "C"`, sql`${y} collate "C"`),
    ),
  ]
}

/** The text by which an operand is compared with another: the datetime's text if either is one. */
function textBeside(other: Forms, operand: Forms): Sql | undefined {
  if (operand.stamp !== undefined || other.stamp === undefined) return operand.stamp ?? operand.text
  const ofNumber = other.num === undefined ? map(operand.num, stampOfNumber) : undefined
  return first(map(operand.text, stampOf), ofNumber)
}

function arithmetic(operator: ArithmeticOperator, a: Forms, b: Forms): Forms {
  const num = both(a.num, b.num, (x, y) => ARITHMETIC[operator](bounded(x), bounded(y)))
  const text = operator === '+' ? both(a.text, b.text, (x, y) => sql`(${x} || ${y})`) : undefined
  return { num, text, json: first(map(num, toJson), map(text, toJson)) ?? NOTHING }
}

/** Makes a number beyond the range of doubles undefined, so that no operation on two can exceed a numeric. */
function bounded(num: Sql): Sql {
  return sql`nullif(nullif(greatest(least(${num}, ${TOO_LARGE}), - ${TOO_LARGE}), ${TOO_LARGE}), - ${TOO_LARGE})`
}

function isListed({ json }: Forms, values: readonly Literal[]): Sql {
  const listed = sql`select jsonb_array_elements(${JSON.stringify(values)}::jsonb)`
  return sql`coalesce(${json} = any(array(${listed})), false)`
}

/** `in` for a text in a text; if `b` is a property, also for a value in a list. */
function isWithin(a: Forms, b: Forms, isProperty: boolean): Sql | undefined {
  if (!isProperty) return both(a.text, b.text, (x, y) => sql`(strpos(${y}, ${x}) > 0)`)
  // The subquery avoids repeating the operand's SQL.
  return sql`(
    select case
      when jsonb_typeof(asked.value) in ('array', 'object') then null
      when jsonb_typeof(${b.json}) = 'array' then (${b.json}) @> asked.value
      when jsonb_typeof(asked.value) = 'string' then strpos(${b.text}, asked.value #>> '{}') > 0
    end
    from (select ${a.json} as value offset 0) as asked
  )`
}

function first(...all: readonly (Sql | undefined)[]): Sql | undefined {
  const some = all.filter((form) => form !== undefined)
  return some.length > 1 ? sql`coalesce(${sql.join(some)})` : some[0]
}

function map(form: Sql | undefined, change: (form: Sql) => Sql): Sql | undefined {
  return form === undefined ? undefined : change(form)
}

function both(a: Sql | undefined, b: Sql | undefined, operation: Operation): Sql | undefined {
  return a === undefined || b === undefined ? undefined : operation(a, b)
}
