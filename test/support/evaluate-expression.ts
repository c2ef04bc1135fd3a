import type { Expression } from '../../src/core/segmentation/ast.ts'

type Value = unknown
type Bag = Readonly<Record<string, Value>>

/** A datetime: a literal of the expression, which is also a number, or datetime() of a property, which is not. */
class Datetime {
  readonly stamp: string
  readonly seconds: number | undefined

  constructor(stamp: string, seconds?: number) {
    this.stamp = stamp
    this.seconds = seconds
  }
}

/**
 * Evaluates a segmentation expression on properties as QRY-15 defines it, to compare the SQL with. Datetimes may only be
 * operands of comparisons.
 */
export function evaluate(node: Expression, bag: Bag): Value {
  const of = (operand: Expression) => evaluate(operand, bag)
  switch (node.kind) {
    case 'property':
      return Object.hasOwn(bag, node.name) ? bag[node.name] : undefined
    case 'literal':
      return node.value
    case 'datetime':
      return new Datetime(new Date(node.seconds * 1_000).toISOString().slice(0, 19), node.seconds)
    case 'datetime_of': {
      const stamp = stampOf(of(node.operand))
      return stamp === undefined ? undefined : new Datetime(stamp)
    }
    case 'list':
      return node.values
    case 'all':
      return node.operands.every((operand) => of(operand) === true)
    case 'any':
      return node.operands.some((operand) => of(operand) === true)
    case 'not': {
      const value = of(node.operand)
      if (value === undefined) return true
      return typeof value === 'boolean' ? !value : undefined
    }
    case 'negate': {
      const value = of(node.operand)
      return typeof value === 'number' ? -value : undefined
    }
    case 'call':
      return call(node.name, of(node.operand))
    case 'binary':
      return binary(node, of(node.left), of(node.right))
  }
}

function call(name: string, value: Value): Value {
  switch (name) {
    case 'defined':
      return value !== undefined && value !== null
    case 'boolean':
      if (typeof value === 'number') return value !== 0
      if (typeof value === 'boolean') return value
      return typeof value === 'string' ? value !== '' && value !== 'false' : undefined
    case 'number':
      if (typeof value === 'boolean') return Number(value)
      if (typeof value === 'number') return value
      return typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)
        ? Number(value)
        : undefined
    case 'string':
      if (Object.is(value, -0)) return '0'
      return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
  }
  if (typeof value !== 'number') return undefined
  if (name === 'floor') return Math.floor(value)
  return name === 'ceil' ? Math.ceil(value) : Math.sign(value) * Math.round(Math.abs(value))
}

/** A text or a number as the text of a datetime. */
function stampOf(value: Value): string | undefined {
  if (typeof value === 'number') {
    if (!(value >= 1 && value < 253_402_300_800_000)) return undefined
    const ms = value > 4_294_967_295 ? value : value * 1_000
    return new Date(ms).toISOString().slice(0, 19)
  }
  const date =
    typeof value === 'string' ? /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d)?/.exec(value)?.[0] : undefined
  return date?.replace(' ', 'T').padEnd(19, 'T00:00:00')
}

/** The value by which an operand is compared with another: if either is a datetime, a number if both can be, else a text. */
function comparable(value: Value, other: Value): Value {
  if (value instanceof Datetime) {
    const isNumber = typeof other === 'number' || (other instanceof Datetime && other.seconds !== undefined)
    return isNumber && value.seconds !== undefined ? value.seconds : value.stamp
  }
  if (!(other instanceof Datetime)) return value
  return typeof value === 'number' && other.seconds !== undefined ? value : stampOf(value)
}

type Binary = Extract<Expression, { readonly kind: 'binary' }>

function binary({ operator, left, right }: Binary, first: Value, second: Value): Value {
  const [a, b] = [comparable(first, second), comparable(second, first)]
  const isDated = [left.kind, right.kind].some((kind) => kind === 'datetime' || kind === 'datetime_of')
  // A value that is not a datetime equals nothing here, not even another such value.
  if (isDated && (a === undefined || b === undefined))
    return operator === '!=' || (operator === '==' ? false : undefined)
  switch (operator) {
    case '==':
      return isEqual(a, b)
    case '!=':
      return !isEqual(a, b)
    case 'in':
      if (right.kind === 'list' && Array.isArray(b))
        return b.some((item) => a !== undefined && isEqual(item, a))
      if (typeof a === 'string' && typeof b === 'string') return b.includes(a)
      // A list is compared with scalars only; undefined is in no list.
      return Array.isArray(b) && a !== undefined && (a === null || typeof a !== 'object')
        ? b.some((item) => isEqual(item, a))
        : undefined
  }
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b
  if (typeof a === 'string' && typeof b === 'string')
    return order(operator, Buffer.compare(Buffer.from(a), Buffer.from(b)))
  if (typeof a !== 'number' || typeof b !== 'number') return undefined
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0 ? undefined : a / b
    case '%':
      return b === 0 ? undefined : a % b
    default:
      return order(operator, Math.sign(a - b))
  }
}

function order(operator: string, sign: number): boolean | undefined {
  switch (operator) {
    case '<':
      return sign < 0
    case '<=':
      return sign <= 0
    case '>':
      return sign > 0
    case '>=':
      return sign >= 0
    default:
      return undefined
  }
}

function isEqual(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b
  return JSON.stringify(a) === JSON.stringify(b)
}
