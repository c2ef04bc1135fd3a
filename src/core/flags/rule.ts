import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'
import { datetimeCompare, SIGNS, semverCompare } from './compare.ts'

/** A JSON-logic rule that ruleProblem accepts. */
export type Rule = JsonObject

/** The maximum depth of a rule. */
const MAX_RULE_DEPTH = 20
/** Custom properties are not read beyond this depth, since any client sends them. */
const MAX_DATA_DEPTH = 20

const COMPARISONS: Readonly<Record<string, (a: Json, b: Json) => boolean>> = {
  '==': isLooselyEqual,
  '!=': (a, b) => !isLooselyEqual(a, b),
  '===': (a, b) => a === b,
  '!==': (a, b) => a !== b,
  '<': (a, b) => isLess(a, b),
  '>': (a, b) => isLess(b, a),
  '<=': (a, b) => isLess(a, b) || isSame(a, b),
  '>=': (a, b) => isLess(b, a) || isSame(a, b),
  in: isIn,
}

/** The SDKs' own operators, which take the comparison operator between their operands. */
const WITH_SIGN: Readonly<Record<string, (a: Json, sign: Json, b: Json) => boolean>> = {
  semver_compare: semverCompare,
  datetime_compare: datetimeCompare,
}

/**
 * The operators over the items of a list in the custom properties; what is no list is like an empty one. Each item is
 * the data of the rule within, so the work is bounded by the data and the rule, however deep they nest.
 */
const OVER_LISTS: Readonly<
  Record<string, (items: readonly Json[], isTrue: (item: Json) => boolean) => boolean>
> = {
  some: (items, isTrue) => items.some(isTrue),
  all: (items, isTrue) => items.length > 0 && items.every(isTrue),
  none: (items, isTrue) => !items.some(isTrue),
}

const OPERATORS = ['and, or, !', ...[OVER_LISTS, COMPARISONS, WITH_SIGN].flatMap(Object.keys)].join(', ')

/**
 * What is wrong with a rule, as the end of a sentence that begins with its name; undefined if nothing is. In: true for
 * a rule about an item of a list, which `{"var": ""}` names.
 */
export function ruleProblem(rule: Json, depth = 1, isOfItem = false): string | undefined {
  if (depth > MAX_RULE_DEPTH) return `nests deeper than ${MAX_RULE_DEPTH}.`
  const [operator, operands] = parts(rule)
  if (operator === undefined) return `must be an object with one operator of: ${OPERATORS}.`
  if (operator === 'and' || operator === 'or' || operator === '!') {
    const fits = operator === '!' ? operands.length === 1 : operands.length > 0
    if (!fits) return `: "${operator}" takes ${operator === '!' ? 'one rule' : 'a list of rules'}.`
    return operands
      .map((operand) => ruleProblem(operand, depth + 1, isOfItem))
      .find((problem) => problem !== undefined)
  }
  if (Object.hasOwn(OVER_LISTS, operator)) {
    const [list = '', ofItem = ''] = operands
    const isFine = operands.length === 2 && isVariable(list, isOfItem)
    return isFine
      ? ruleProblem(ofItem, depth + 1, true)
      : `: "${operator}" takes {"var": "name"} and a rule, in which {"var": ""} is an item.`
  }
  return comparisonProblem(operator, operands, isOfItem)
}

function comparisonProblem(
  operator: string,
  operands: readonly Json[],
  isOfItem: boolean,
): string | undefined {
  if (Object.hasOwn(WITH_SIGN, operator)) {
    const [left = [[]], sign = '', right = [[]]] = operands
    const isFine =
      operands.length === 3 &&
      SIGNS.includes(String(sign)) &&
      isOperand(left, isOfItem) &&
      isOperand(right, isOfItem)
    return isFine
      ? undefined
      : `: "${operator}" takes {"var": "name"}, one of ${SIGNS.join(' ')}, and a value.`
  }
  if (!Object.hasOwn(COMPARISONS, operator)) {
    return `has the operator ${JSON.stringify(operator)}; those served are: ${OPERATORS}.`
  }
  const isFine = operands.length === 2 && operands.every((operand) => isOperand(operand, isOfItem))
  return isFine
    ? undefined
    : `: "${operator}" takes two of: {"var": "name"}, text, a number, a boolean, a list.`
}

/**
 * True if custom properties satisfy a rule that ruleProblem accepts. As in the SDKs, case is ignored in names and
 * values, and a missing value is null.
 */
export function satisfies(rule: Rule, customProperties: Json | undefined): boolean {
  return isSatisfied(rule, withoutCase(customProperties ?? null))
}

function isSatisfied(rule: Json, data: Json): boolean {
  const [operator = '', operands] = parts(rule)
  if (operator === 'and') return operands.every((operand) => isSatisfied(operand, data))
  if (operator === 'or') return operands.some((operand) => isSatisfied(operand, data))
  if (operator === '!') return !operands.some((operand) => isSatisfied(operand, data))
  const overList = Object.hasOwn(OVER_LISTS, operator) ? OVER_LISTS[operator] : undefined
  if (overList !== undefined) {
    const [list = null, ofItem = null] = operands
    const items = resolve(list, data)
    return overList(isJsonArray(items) ? items : [], (item) => isSatisfied(ofItem, item))
  }
  const resolved = operands.map((operand) => resolve(operand, data))
  const withSign = Object.hasOwn(WITH_SIGN, operator) ? WITH_SIGN[operator] : undefined
  if (withSign !== undefined) return withSign(resolved[0] ?? null, resolved[1] ?? null, resolved[2] ?? null)
  const [left = null, right = null] = resolved
  return COMPARISONS[operator]?.(left, right) ?? false
}

/** A rule's operator and operands; JSON-logic allows a single operand without a list. */
function parts(rule: Json): readonly [string | undefined, readonly Json[]] {
  const entries = isJsonObject(rule) ? Object.entries(rule) : []
  const [entry] = entries
  if (entry === undefined || entries.length > 1) return [undefined, []]
  const [operator, operands] = entry
  return [operator, isJsonArray(operands) ? operands : [operands]]
}

function isOperand(operand: Json, isOfItem: boolean): boolean {
  if (isJsonArray(operand)) return operand.every((item) => !isJsonArray(item) && isOperand(item, isOfItem))
  return !isJsonObject(operand) || isVariable(operand, isOfItem)
}

function isVariable(operand: Json, isOfItem: boolean): boolean {
  const [operator, names] = parts(operand)
  const [name] = names
  return operator === 'var' && names.length === 1 && typeof name === 'string' && (name !== '' || isOfItem)
}

function resolve(operand: Json, data: Json): Json {
  if (isJsonArray(operand)) return operand.map((item) => resolve(item, data))
  if (!isJsonObject(operand)) return withoutCase(operand)
  const [, [name]] = parts(operand)
  if (name === '') return data
  let value: Json = data
  for (const step of String(name).toLowerCase().split('.')) {
    value = isJsonObject(value) && Object.hasOwn(value, step) ? (value[step] ?? null) : null
  }
  return value
}

function withoutCase(value: Json, depth = 1): Json {
  if (typeof value === 'string') return value.toLowerCase()
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DATA_DEPTH) return null
  if (isJsonArray(value)) return value.map((item) => withoutCase(item, depth + 1))
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([name, member]) => [name.toLowerCase(), withoutCase(member, depth + 1)]),
  )
}

// JSON-logic uses JavaScript's loose comparison.

function isLooselyEqual(a: Json, b: Json): boolean {
  if (a === null || b === null || typeof a === typeof b) return a === b
  return isSame(a, b)
}

function isSame(a: Json, b: Json): boolean {
  const [left, right] = [toScalar(a), toScalar(b)]
  if (typeof left === 'string' && typeof right === 'string') return left === right
  return Number(left) === Number(right)
}

function isLess(a: Json, b: Json): boolean {
  const [left, right] = [toScalar(a), toScalar(b)]
  if (typeof left === 'string' && typeof right === 'string') return left < right
  return Number(left) < Number(right)
}

function toScalar(value: Json): null | boolean | number | string {
  return typeof value === 'object' && value !== null ? String(value) : value
}

function isIn(item: Json, holder: Json): boolean {
  if (isJsonArray(holder)) return holder.includes(item)
  return typeof holder === 'string' && holder !== '' && holder.includes(String(item))
}
