import { DISTINCT_ID_NOT_ALLOWED, NO_OPERATION } from '../answers/ingestion.ts'
import { isJsonObject, type Json, type JsonObject, typeInWords } from '../json.ts'
import type { ProfileError } from '../validate/profile.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import type { Carrier, Endpoint } from './endpoint.ts'
import { explainNoOperation, explainOperand } from './operation.ts'
import { type Explained, explained } from './sentences.ts'
import { explainNoObject, explainShape } from './shape.ts'
import { explainSize } from './size.ts'
import { bagIn, findSpelling } from './spellings.ts'
import { explainToken } from './token.ts'
import { isMember, showName, showNames, showValue } from './words.ts'

type ProfileEndpoint = Extract<Endpoint, '/engage' | '/groups'>

/** The findings on a record that /engage or /groups refuses: what is wrong, and what to send instead (ENG-03, GRP-02). */
export function invalidProfileFindings(
  error: ProfileError,
  record: Json,
  endpoint: ProfileEndpoint,
  carrier: Carrier,
): readonly Finding[] {
  const why = explainError(error, record, endpoint, carrier)
  return [...error.findings, finding('record.invalid', { reason: error.error, ...why })]
}

function explainError(
  { error, field }: ProfileError,
  record: Json,
  endpoint: ProfileEndpoint,
  carrier: Carrier,
): Explained {
  if (!isJsonObject(record) || Object.keys(record).length === 0) return explainNoObject(record, endpoint)
  const shape = explainShape(record, endpoint)
  if (shape !== undefined) return shape
  if (field === '$token') return explainToken(record, record, carrier)
  if (error === DISTINCT_ID_NOT_ALLOWED) return explained('id.not_allowed', {})
  if (field === '$distinct_id' || field === '$group_key' || field === '$group_id')
    return explainId(record, field)
  if (field !== '') return explainOperand(field, record[field] ?? null)
  return error === NO_OPERATION ? explainNoOperation(record, endpoint) : explainSize(record)
}

/** Each id of a profile: the spellings to look for, and what it is. */
const IDS = {
  $distinct_id: ['id', 'the id of the user'],
  $group_key: ['group_key', 'the group key, such as "company"'],
  $group_id: ['group_id', 'the id of the group'],
} as const

function explainId(record: JsonObject, field: keyof typeof IDS): Explained {
  const [spelling, what] = IDS[field]
  const sent = record[field] ?? null
  if (isJsonObject(sent)) {
    const name = findSpelling(sent, spelling)
    if (name !== undefined) return explained('id.object', { field, name: showName(name) })
  }
  if (typeof sent === 'object' && sent !== null) {
    return explained('id.not_string', { field, kind: typeInWords(sent) })
  }
  const place = placeOf(record, spelling)
  if (place !== undefined) return explained('id.elsewhere', { what, place, field })
  return isMember(record, field) || record[field] === null
    ? explained('field.empty', { field, value: showValue(sent), what })
    : explained('field.missing', { bag: 'it', names: showNames(record), name: field, field, what })
}

/** Where an id of a profile may be. An id in `properties` belongs to an event. */
const BAGS = ['$set', '$set_once', 'properties', 'traits'] as const

function placeOf(record: JsonObject, spelling: (typeof IDS)[keyof typeof IDS][0]): string | undefined {
  const outside = findSpelling(record, spelling)
  if (outside !== undefined) return `at the top level, as ${showName(outside)}`
  for (const bag of BAGS) {
    const inside = findSpelling(bagIn(record, bag), spelling)
    if (inside !== undefined) return `inside ${bag}, as ${showName(inside)}`
  }
  return undefined
}
