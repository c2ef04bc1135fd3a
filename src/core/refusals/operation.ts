import type { Json, JsonObject } from '../json.ts'
import { farnessOf } from '../near-miss.ts'
import { OPERATION_NAMES, type OperationName } from '../profile/profile.ts'
import { type Endpoint, FORMS } from './endpoint.ts'
import { type Explained, explained } from './sentences.ts'
import { firstNames, lettersOf } from './spellings.ts'
import { isEncodedTwice, showList, showName, showNames, showValue } from './words.ts'

/** What each operation does, as part of a sentence. */
const EFFECTS: Readonly<Record<OperationName, string>> = {
  $delete: 'deletes the profile',
  $set: 'overwrites properties',
  $set_once: 'sets properties that the profile does not have',
  $merge: 'sets members of an object',
  $add: 'adds to numbers',
  $append: 'adds one element to a list',
  $union: 'adds the elements that a list does not have',
  $remove: 'removes elements from a list',
  $unset: 'removes properties',
}

/** The operations that are documented, for users and for groups (ENG-12 to ENG-19, GRP-03). */
const DOCUMENTED: Readonly<Record<Endpoint, readonly OperationName[]>> = {
  '/track': [],
  '/import': [],
  '/engage': ['$set', '$set_once', '$add', '$append', '$union', '$remove', '$unset', '$delete'],
  '/groups': ['$set', '$set_once', '$union', '$remove', '$unset', '$delete'],
}

/** A value of each operation, as sentences show it. */
const EXAMPLES: ReadonlyMap<string, string> = new Map([
  ['$add', '"$add":{"visits":1}'],
  ['$append', '"$append":{"pages":"home"}'],
  ['$remove', '"$remove":{"pages":"home"}'],
  ['$union', '"$union":{"pages":["home"]}'],
  ['$unset', '"$unset":["plan"]'],
])

/** What other products, and methods of SDKs, call the operations; letters only. */
const OTHER_NAMES: ReadonlyMap<string, OperationName> = new Map([
  ['increment', '$add'],
  ['inc', '$add'],
  ['incr', '$add'],
  ['decrement', '$add'],
  ['plus', '$add'],
  ['sum', '$add'],
  ['appendall', '$union'],
  ['addtoset', '$union'],
  ['trackcharge', '$append'],
  ['push', '$append'],
  ['prepend', '$append'],
  ['pull', '$remove'],
  ['pop', '$remove'],
  ['update', '$set'],
  ['upsert', '$set'],
  ['put', '$set'],
  ['replace', '$set'],
  ['assign', '$set'],
  ['properties', '$set'],
  ['traits', '$set'],
  ['attributes', '$set'],
  ['setoninsert', '$set_once'],
  ['setifabsent', '$set_once'],
  ['clear', '$unset'],
  ['deleteproperty', '$unset'],
  ['removeproperty', '$unset'],
  ['deleteuser', '$delete'],
  ['deleteprofile', '$delete'],
])

/** Fields of a profile record that are not operations, as far as SDKs send them (ENG-02, GRP-02). */
const FIELDS: ReadonlySet<string> = new Set([
  '$token',
  '$distinct_id',
  '$group_key',
  '$group_id',
  '$ip',
  '$time',
  '$ignore_time',
  '$ignore_alias',
  '$latitude',
  '$longitude',
  '$device_id',
  '$user_id',
  '$had_persisted_distinct_id',
  '$mp_metadata',
])

/** The operation that a name is likeliest meant as; undefined for a name that is like none. */
function nearestOperation(name: string): OperationName | undefined {
  const letters = lettersOf(name)
  const same = OPERATION_NAMES.find((operation) => lettersOf(operation) === letters)
  const other = same ?? OTHER_NAMES.get(letters)
  if (other !== undefined || !name.startsWith('$')) return other
  const lengthsApart = (operation: OperationName) => Math.abs(operation.length - name.length)
  return OPERATION_NAMES.filter((operation) => farnessOf(operation, name) < 2).sort(
    (one, two) => lengthsApart(one) - lengthsApart(two),
  )[0]
}

/** The first member that was meant as an operation, and is none. */
export function findUnknownOperation(record: JsonObject): string | undefined {
  return firstNames(record).find((name) => {
    if (FIELDS.has(name) || OPERATION_NAMES.some((operation) => operation === name)) return false
    const isBag = typeof record[name] === 'object' && record[name] !== null
    return isBag && (name.startsWith('$') || nearestOperation(name) !== undefined)
  })
}

/** What an unknown operation is, and what to use instead. */
export function explainUnknown(operation: string, endpoint: Endpoint): Explained {
  const nearest = nearestOperation(operation)
  const shown = showName(operation)
  const isKnown = nearest !== undefined && (endpoint !== '/groups' || DOCUMENTED[endpoint].includes(nearest))
  return isKnown
    ? explained('operation.unknown', { operation: shown, nearest, effect: EFFECTS[nearest] })
    : explained('operation.unlike', { operation: shown, operations: DOCUMENTED[endpoint].join(', ') })
}

/** What a record has instead of an operation. */
export function explainNoOperation(record: JsonObject, endpoint: Endpoint): Explained {
  const unknown = findUnknownOperation(record)
  if (unknown !== undefined) return explainUnknown(unknown, endpoint)
  const form = FORMS[endpoint]
  const others = Object.keys(record).filter((name) => !FIELDS.has(name))
  if (others.length > 0) return explained('operation.top_level', { names: showList(others), form })
  const operations = DOCUMENTED[endpoint].join(', ')
  return explained('operation.missing', { names: showNames(record), operations, form })
}

/** What is wrong with the value of an operation. */
export function explainOperand(operation: string, value: Json): Explained {
  if (isEncodedTwice(value)) return explained('operand.encoded_twice', { operation })
  const kind = showValue(value)
  const example = EXAMPLES.get(operation) ?? `"${operation}":{"plan":"pro"}`
  if (operation === '$unset') return explained('operand.not_list', { kind, example })
  return explained('operand.not_object', { operation, kind, example })
}
