import { isJsonArray, isJsonObject, type Json, type JsonObject, typeInWords } from '../json.ts'
import { OPERATION_NAMES } from '../profile/profile.ts'
import { type Endpoint, FORMS } from './endpoint.ts'
import { type Explained, explained } from './sentences.ts'
import { firstNames } from './spellings.ts'
import { isEncodedTwice, isMember, showName, showNames } from './words.ts'

/** The finding on a record that is not an object, or is empty. */
export function explainNoObject(record: Json, endpoint: Endpoint): Explained {
  if (isEncodedTwice(record)) return explained('shape.encoded_twice', {})
  if (isJsonArray(record)) return explained('shape.list', {})
  const kind = isJsonObject(record) ? 'an empty object' : typeInWords(record)
  return explained('shape.not_object', { kind, form: FORMS[endpoint] })
}

/** What an object is instead of a record of its endpoint; undefined if it looks like one. */
export function explainShape(record: JsonObject, endpoint: Endpoint): Explained | undefined {
  return explainEndpoint(record, endpoint) ?? explainWrapping(record)
}

function explainEndpoint(record: JsonObject, endpoint: Endpoint): Explained | undefined {
  const form = FORMS[endpoint]
  if (endpoint === '/track' || endpoint === '/import') {
    const name = profileSign(record)
    const other = isMember(record, '$group_key') ? '/groups' : '/engage'
    if (name !== undefined) return explained('endpoint.profile_update', { name, endpoint: other, form })
    return explainSegmentCall(record)
  }
  const isEvent = isMember(record, 'event') && !OPERATION_NAMES.some((name) => isMember(record, name))
  if (isEvent) return explained('endpoint.event', { names: showNames(record), form })
  const [own, other, there] = IDS_OF_PROFILES[endpoint]
  if (!isMember(record, other) || isMember(record, own)) return undefined
  return explained('endpoint.other_profile', { name: other, missing: own, endpoint: there })
}

/** The id that profile updates of an endpoint have, that of the other endpoint, and its path. */
const IDS_OF_PROFILES = {
  '/engage': ['$distinct_id', '$group_key', '/groups'],
  '/groups': ['$group_key', '$distinct_id', '/engage'],
} as const

/** The first member that only profile updates have. */
function profileSign(record: JsonObject): string | undefined {
  if (isMember(record, 'event')) return undefined
  const ids = isMember(record, 'properties') ? [] : ['$distinct_id', '$group_key', '$token']
  return [...OPERATION_NAMES, ...ids].find((name) => isMember(record, name))
}

/** Mixpanel's equivalent of a call in the format of Segment that is not an event. */
const SEGMENT_CALLS: ReadonlyMap<Json | undefined, string> = new Map([
  ['identify', 'Send its traits to /engage, as $set'],
  ['group', 'Send its traits to /groups, as $set'],
  ['page', 'Send it as an event: event is its name, such as "Page Viewed"'],
  ['screen', 'Send it as an event: event is its name, such as "Screen Viewed"'],
  ['alias', 'Send an event $create_alias to a project on Original ID Merge, or leave it out'],
])

function explainSegmentCall(record: JsonObject): Explained | undefined {
  const { type } = record
  const send = SEGMENT_CALLS.get(type)
  const isCall = send !== undefined && (isMember(record, 'userId') || isMember(record, 'anonymousId'))
  return isCall ? explained('endpoint.segment_call', { type: String(type), send }) : undefined
}

/** Members that a record has, and an object around records has not. */
const OWN_MEMBERS = ['event', 'properties', '$token', '$distinct_id', '$group_key']
/** What tools call a list of records; PHP numbers them. */
const LIST_NAME = /^(events|batch|data|records|messages|body|payload|\d+)$/i

/** A record, or a list of them, inside a member of an object. */
function explainWrapping(record: JsonObject): Explained | undefined {
  if (OWN_MEMBERS.some((member) => isMember(record, member))) return undefined
  if (typeof record['data'] === 'string') return explained('shape.wrapped_text', { name: 'data' })
  const name = firstNames(record).find((key) => {
    const value = record[key]
    const inner = isJsonArray(value) ? value[0] : value
    if (!isJsonObject(inner) || OPERATION_NAMES.some((operation) => operation === key)) return false
    const isRecord = (isMember(inner, 'event') && isMember(inner, 'properties')) || isMember(inner, '$token')
    return isRecord || (isJsonArray(value) && LIST_NAME.test(key))
  })
  return name === undefined ? undefined : explained('shape.wrapped', { name: showName(name) })
}
