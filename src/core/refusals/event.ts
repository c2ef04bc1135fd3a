import {
  DISTINCT_ID_EMPTY,
  EVENT_EMPTY,
  EVENT_MISSING,
  EVENT_TOO_LARGE,
  NO_DATA,
  PROPERTIES_EMPTY,
  TIME_INVALID,
  TOKEN_EMPTY,
} from '../answers/ingestion.ts'
import { isJsonObject, type Json, type JsonObject, typeInWords } from '../json.ts'
import type { InvalidTrack, TrackRefusal } from '../validate/track.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { type Carrier, type Endpoint, FORMS } from './endpoint.ts'
import { type Explained, explained } from './sentences.ts'
import { explainNoObject, explainShape } from './shape.ts'
import { explainSize } from './size.ts'
import { bagIn, findSpelling, isText, lettersOf } from './spellings.ts'
import { explainTimeText } from './time.ts'
import { explainToken } from './token.ts'
import { isEncodedTwice, showList, showName, showNames, showValue } from './words.ts'

type Explain = (record: JsonObject, carrier: Carrier) => Explained

const BY_REFUSAL: Readonly<Record<InvalidTrack, Explain>> = {
  [NO_DATA]: (record) => explainNoObject(record, '/track'),
  [EVENT_MISSING]: (record) => explainEvent(record, '/track'),
  [EVENT_EMPTY]: (record) => explainEvent(record, '/track'),
  [PROPERTIES_EMPTY]: (record) => explainProperties(record, '/track'),
  [TOKEN_EMPTY]: (record, carrier) => {
    return explainShape(record, '/track') ?? explainToken(record, bagIn(record, 'properties'), carrier)
  },
  [DISTINCT_ID_EMPTY]: (record) => explainNoId(record),
  [TIME_INVALID]: (record) => explainTimeText(bagIn(record, 'properties')['time'] ?? null),
  [EVENT_TOO_LARGE]: explainSize,
}

/** The finding on a record that /track refuses: what is wrong with it, and what to send instead (TRK-18). */
export function invalidTrackFinding(reason: InvalidTrack, record: Json, carrier: Carrier): Finding {
  const why = isJsonObject(record) ? BY_REFUSAL[reason](record, carrier) : explainNoObject(record, '/track')
  return finding('record.invalid', { reason, ...why })
}

/** True for a refusal that `record.invalid` reports; the others have separate verdicts. */
export function isInvalid(refusal: TrackRefusal): refusal is InvalidTrack {
  return Object.hasOwn(BY_REFUSAL, refusal)
}

/** What is wrong with the `event` of a record, which is missing, blank or no string. */
export function explainEvent(record: JsonObject, endpoint: Endpoint): Explained {
  const form = FORMS[endpoint]
  const sent = record['event'] ?? null
  if (typeof sent === 'string') return explained('event.blank', { value: showValue(sent) })
  if (isJsonObject(sent)) {
    const name = findSpelling(sent, 'event')
    if (name !== undefined) return explained('event.elsewhere', { place: `event.${showName(name)}` })
  }
  if (sent !== null) return explained('event.not_string', { kind: typeInWords(sent), form })
  const shape = explainShape(record, endpoint)
  if (shape !== undefined) return shape
  const name = findSpelling(record, 'event', isText) ?? eventInside(bagIn(record, 'properties'))
  if (name !== undefined) return explained('event.elsewhere', { place: showName(name) })
  if (record['event'] === null) return explained('event.blank', { value: 'null' })
  return explained('event.missing', { names: showNames(record), form })
}

/** Other spellings of `event` are names that properties may well have. */
function eventInside(properties: JsonObject): string | undefined {
  const name = findSpelling(properties, 'event', isText)
  const isSure = name !== undefined && /^event(name)?$/.test(lettersOf(name))
  return isSure ? `properties.${name}` : undefined
}

/** What is wrong with the `properties` of a record, which are missing or no object. */
export function explainProperties(record: JsonObject, endpoint: Endpoint): Explained {
  const form = FORMS[endpoint]
  const sent = record['properties'] ?? null
  if (isEncodedTwice(sent)) return explained('properties.encoded_twice', {})
  if (sent !== null) return explained('properties.not_object', { kind: showValue(sent), form })
  const name = findSpelling(record, 'properties', isJsonObject)
  if (name !== undefined) return explained('properties.elsewhere', { name: showName(name) })
  const names = Object.keys(record).filter((key) => key !== 'event' && key !== 'properties')
  if (names.length > 0) return explained('properties.top_level', { names: showList(names), form })
  return record['properties'] === null
    ? explained('properties.not_object', { kind: 'null', form })
    : explained('properties.missing', { names: showNames(record), form })
}

/** Where the id of a record is that has none in `properties`. */
export function explainNoId(record: JsonObject): Explained {
  const properties = bagIn(record, 'properties')
  const field = 'properties.distinct_id'
  const what = 'the id'
  const inside = findSpelling(properties, 'id')
  if (inside !== undefined) {
    return explained('id.elsewhere', { what, place: `in properties, as ${showName(inside)}`, field })
  }
  const outside = findSpelling(record, 'id')
  if (outside !== undefined) {
    return explained('id.elsewhere', { what, place: `at the top level, as ${showName(outside)}`, field })
  }
  const sent = properties['distinct_id']
  if (sent !== undefined)
    return explained('field.empty', { field, value: showValue(sent), what: 'the id of the user' })
  const names = showNames(properties)
  return explained('field.missing', {
    bag: 'properties',
    names,
    name: 'distinct_id',
    field,
    what: 'the id of the user',
  })
}
