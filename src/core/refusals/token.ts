import { isJsonObject, type Json, type JsonObject, typeInWords } from '../json.ts'
import { OPERATION_NAMES } from '../profile/profile.ts'
import type { Carrier } from './endpoint.ts'
import { type Explained, explained } from './sentences.ts'
import { bagIn, findSpelling, isText } from './spellings.ts'
import { showName, showNames, showValue } from './words.ts'

const WHAT = 'the token of the project, from its settings'

/** Where the token is that a record of /track, /engage or /groups lacks. In: the object that it should be in. */
export function explainToken(record: JsonObject, bag: JsonObject, carrier: Carrier): Explained {
  const isEvent = bag !== record
  const [name, field] = isEvent ? ['token', 'properties.token'] : ['$token', '$token']
  const place = placeOfToken(record) ?? placeInCarrier(carrier)
  if (place !== undefined) return explained('token.elsewhere', { place, field })
  const sent = bag[name]
  if (sent === undefined && carrier.hasCredentials) return explained('token.credentials', { field })
  if (sent === undefined) {
    const where = isEvent ? 'properties' : 'it'
    return explained('field.missing', { bag: where, names: showNames(bag), name, field, what: WHAT })
  }
  return typeof sent === 'string' || sent === null
    ? explained('field.empty', { field, value: showValue(sent), what: WHAT })
    : explained('field.not_string', { field, kind: typeInWords(sent), what: WHAT })
}

/** Where an object may be that holds a token in the wrong place. */
const BAGS = ['properties', ...OPERATION_NAMES]

function placeOfToken(record: JsonObject): string | undefined {
  const outside = findSpelling(record, 'token', isText)
  if (outside !== undefined) return `at the top level, as ${showName(outside)}`
  for (const bag of BAGS) {
    const inside = findSpelling(bagIn(record, bag), 'token', isText)
    if (inside !== undefined) return `in ${bag}, as ${showName(inside)}`
  }
  const nested = findSpelling(bagIn(bagIn(record, 'properties'), 'properties'), 'token', isText)
  return nested === undefined ? undefined : `in properties.properties, as ${showName(nested)}`
}

function placeInCarrier({ params }: Carrier): string | undefined {
  const name = ['token', '$token', 'api_key'].find((param) => isText(params.get(param) ?? null))
  return name === undefined ? undefined : `in the parameter ${name} of the request`
}

/** The token of a refused record, wherever it is: its verdicts belong to that project, if there is one. */
export function tokenAnywhere(record: Json): string | undefined {
  if (!isJsonObject(record)) return undefined
  const [properties, ...operations] = BAGS.map((name) => bagIn(record, name))
  for (const bag of [properties ?? record, record, ...operations]) {
    const name = findSpelling(bag, 'token', isText)
    const token = name === undefined ? undefined : bag[name]
    if (typeof token === 'string') return token
  }
  return undefined
}
