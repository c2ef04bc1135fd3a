import type { Json, JsonObject } from '../api/types.ts'
import { isObject, type LiveRow, propertiesOf } from './row.ts'

type Test = (row: LiveRow) => boolean

const userIds = (row: LiveRow) => [row.user, row.stored?.original_distinct_id ?? '']
const outcomes = (row: LiveRow) => [row.outcome, row.note, ...(isProblem(row) ? ['problem'] : [])]
const codes = (row: LiveRow) => row.verdicts.map((verdict) => verdict.code)

/** The values that the fields of a filter compare, ignoring case. */
const FIELDS: Readonly<Record<string, (row: LiveRow) => readonly string[]>> = {
  event: (row) => [row.name],
  user: userIds,
  distinct_id: userIds,
  group: (row) => [row.group],
  is: outcomes,
  outcome: outcomes,
  code: codes,
  verdict: codes,
}

const SIGNS = [':', '=', '<', '>'] as const

/** `-`, a name and a sign, all optional, and a word; text with blanks is in quotes. */
const TERM = /(-?)(?:("[^"]+"|[^\s":=<>]+)([:=<>]))?(?:"([^"]*)"?|(\S+))/g

const texts = new WeakMap<LiveRow, string>()

/**
 * Parses a filter: terms that a line must all match, `-` before those it must not. A word may occur anywhere in the
 * line; `field:word` in one field, `name:word` in a property; `name=value`, `name>number` and `name<number` compare a
 * property, where `name=*` tests for its presence and `a.b` is a nested property. Case is ignored.
 */
export function parseFilter(text: string): Test {
  const tests = [...text.toLowerCase().matchAll(TERM)].flatMap((match) => {
    const [, minus, name, sign, quoted, plain] = match
    const word = quoted ?? plain ?? ''
    return word === '' ? [] : [negateIf(minus === '-', testOf(name?.replaceAll('"', ''), signOf(sign), word))]
  })
  return (row) => tests.every((test) => test(row))
}

/** A filter for one property with this value, as parseFilter reads it; undefined for a list or an object. */
export function filterFor(name: string, value: Json | undefined): string | undefined {
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined
  const text = String(value)
  return text.includes('"') || name.includes('"') ? undefined : `${quote(name)}=${quote(text)}`
}

/** True for a line that may not be as intended: not stored as sent, or with a verdict of severity error or warning. */
function isProblem({ outcome, verdicts }: LiveRow): boolean {
  return outcome !== 'stored' || verdicts.some(({ severity }) => severity !== 'info')
}

function quote(text: string): string {
  return text === '' || /[\s":=<>]|^-/.test(text) ? `"${text}"` : text
}

function signOf(sign: string | undefined) {
  return SIGNS.find((known) => known === sign)
}

function testOf(name: string | undefined, sign: (typeof SIGNS)[number] | undefined, word: string): Test {
  if (name === undefined || sign === undefined) return (row) => textOf(row).includes(word)
  const valuesOf = FIELDS[name]
  if (valuesOf !== undefined && sign === ':') {
    return (row) => valuesOf(row).some((value) => value.toLowerCase().includes(word))
  }
  if (valuesOf !== undefined && sign === '=') {
    return (row) => valuesOf(row).some((value) => value.toLowerCase() === word) || isIn(row, name, sign, word)
  }
  if (sign !== ':') return (row) => isIn(row, name, sign, word)
  // An address or a device id contains a colon too.
  const whole = `${name}:${word}`
  return (row) => isIn(row, name, sign, word) || textOf(row).includes(whole)
}

/** True if the event, or the record as sent, has such a property. */
function isIn(row: LiveRow, name: string, sign: (typeof SIGNS)[number], word: string): boolean {
  const sides = [row.stored?.properties, row.sent === undefined ? undefined : propertiesOf(row.sent)]
  return sides.some((side) => side !== undefined && compare(find(side, name), sign, word))
}

function compare(value: Json | undefined, sign: (typeof SIGNS)[number], word: string): boolean {
  if (value === undefined) return false
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).toLowerCase()
  switch (sign) {
    case ':':
      return text.includes(word)
    case '=':
      return word === '*' || text === word
    case '<':
      return typeof value === 'number' && value < Number(word)
    case '>':
      return typeof value === 'number' && value > Number(word)
  }
}

/** A property by its name in lower case, or by a dotted path. */
function find(properties: JsonObject, path: string): Json | undefined {
  const key = Object.keys(properties).find((name) => name.toLowerCase() === path)
  if (key !== undefined) return properties[key]
  const dot = path.indexOf('.')
  const inner = dot < 0 ? undefined : find(properties, path.slice(0, dot))
  return isObject(inner) ? find(inner, path.slice(dot + 1)) : undefined
}

function negateIf(isNegated: boolean, test: Test): Test {
  return isNegated ? (row) => !test(row) : test
}

/** The searchable text of a line, lower case; cached. */
function textOf(row: LiveRow): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const { name, note, user, group, outcome, stored, sent } = row
  const all = [
    name,
    note,
    user,
    group,
    outcome,
    stored?.original_distinct_id,
    ...codes(row),
    stored?.properties,
    sent,
  ]
  const text = all
    .map((part) => (typeof part === 'object' ? JSON.stringify(part) : (part ?? '')))
    .join('\n')
    .toLowerCase()
  texts.set(row, text)
  return text
}
