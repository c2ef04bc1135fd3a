import type { Expression } from '../../src/core/segmentation/ast.ts'

type Value = unknown
type Bag = Readonly<Record<string, Value>>

/** What a segmentation expression says of properties, by the words of QRY-15: the oracle of the SQL. Without datetimes. */
export function evaluate(node: Expression, bag: Bag): Value {
  const of = (own: Expression) => evaluate(own, bag)
  switch (node.kind) {
    case 'property':
      return Object.hasOwn(bag, node.name) ? bag[node.name] : undefined
    case 'literal':
      return node.value
    case 'datetime':
      throw new Error('the oracle knows no datetime')
    case 'list':
      return node.values
    case 'all':
      return node.operands.every((own) => of(own) === true)
    case 'any':
      return node.operands.some((own) => of(own) === true)
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
      return binary(node.operator, of(node.left), of(node.right), node.right.kind)
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

function binary(operator: string, a: Value, b: Value, right: string): Value {
  switch (operator) {
    case '==':
      return isEqual(a, b)
    case '!=':
      return !isEqual(a, b)
    case 'in':
      if (right === 'list' && Array.isArray(b)) return b.some((own) => a !== undefined && isEqual(own, a))
      if (typeof a === 'string' && typeof b === 'string') return b.includes(a)
      // A list is compared with scalars only; undefined is in no list.
      return Array.isArray(b) && a !== undefined && (a === null || typeof a !== 'object')
        ? b.some((own) => isEqual(own, a))
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
