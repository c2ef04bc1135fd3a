import { describe, expect, it } from 'vitest'
import { MERGE_NOT_ON_TRACK } from '../../../../src/core/answers/ingestion.ts'
import { parseQuery } from '../../../../src/core/decode/params.ts'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { type Carrier, NO_CARRIER } from '../../../../src/core/refusals/endpoint.ts'
import { invalidTrackFinding, isInvalid } from '../../../../src/core/refusals/event.ts'
import { tokenAnywhere } from '../../../../src/core/refusals/token.ts'
import { validateTrackRecord } from '../../../../src/core/validate/track.ts'

/** What is said of a record that /track refuses. */
function saidOf(record: Json, carrier: Carrier = NO_CARRIER) {
  const valid = validateTrackRecord(record)
  if (valid.ok || !isInvalid(valid.error)) throw new Error('the record was not refused')
  const { values } = invalidTrackFinding(valid.error, record, carrier)
  return [values['found'], values['send']]
}

const GOOD: JsonObject = { token: 'TOK', distinct_id: 'u' }
const event = (properties: Json, own: JsonObject = {}) => ({ event: 'E', properties, ...own })
const AS_TOKEN = 'Send it as properties.token, in every record'

describe('the token of a refused event', () => {
  it.each<[Json, string]>([
    [event({}, { token: 'TOK' }), 'at the top level, as token'],
    [event({}, { $token: 'TOK' }), 'at the top level, as $token'],
    [event({}, { 'API-Key': 'TOK' }), 'at the top level, as API-Key'],
    [event({ Token: 'TOK' }), 'in properties, as Token'],
    [event({ $token: 'TOK', token: '' }), 'in properties, as $token'],
    [event({ mixpanel_token: 'TOK' }), 'in properties, as mixpanel_token'],
    [event({}, { $set: { token: 'TOK' } }), 'in $set, as token'],
    [event({ properties: { token: 'TOK' } }), 'in properties.properties, as token'],
  ])('is named where it was found: %j (DIA-86)', (record, place) => {
    expect(saidOf(record)).toEqual([`the token is ${place}, where it is not read`, AS_TOKEN])
  })

  it.each(['token', '$token', 'api_key'])('is named in the parameter %s (DIA-86)', (name) => {
    const carrier = { params: parseQuery(`?${name}=TOK`), hasCredentials: true }
    expect(saidOf(event({}), carrier)).toEqual([
      `the token is in the parameter ${name} of the request, where it is not read`,
      AS_TOKEN,
    ])
  })

  it('is not taken from credentials, which is said (DIA-86)', () => {
    const [found, send] = saidOf(event({}), { ...NO_CARRIER, hasCredentials: true })
    expect(found).toContain('credentials came with the request')
    expect(send).toContain('properties.token')
  })

  it.each<[Json, string]>([
    [null, 'properties.token is null'],
    [' ', 'properties.token is " "'],
    [7, 'properties.token is a number'],
    [{}, 'properties.token is an object'],
  ])('is shown as it is if it is none: %j (DIA-86)', (token, found) => {
    expect(saidOf(event({ ...GOOD, token }))[0]).toBe(found)
  })

  it('is missing among the names that there are (DIA-86)', () => {
    expect(saidOf(event({ plan: 'x' }))[0]).toBe('properties has no token; it has plan')
    expect(saidOf(event({}))[0]).toBe('properties has no token; it has no members')
  })

  it('is never shown, since it may be a secret (SEC-01)', () => {
    const said = saidOf(event({ api_key: 'very-secret' }, { secret: 'very-secret' }))
    expect(JSON.stringify(said)).not.toContain('very-secret')
  })

  it.each<[Json, string | undefined]>([
    [event({ token: 'A' }, { token: 'B' }), 'A'],
    [event('x', { token: 'B' }), 'B'],
    [{ $token: 'C', distinct_id: 'u' }, 'C'],
    [{ $set: { $token: 'D' } }, 'D'],
    [event({ token: 7 }), undefined],
    ['text', undefined],
  ])('decides whose verdict it is, wherever it is: %j (DIA-86)', (record, token) => {
    expect(tokenAnywhere(record)).toBe(token)
  })
})

describe('a refused event', () => {
  it.each<[Json, string, string]>([
    ['{"event":"E"}', 'it is a string that contains JSON', 'once'],
    ['text', 'it is a string', 'Send an object'],
    [[event(GOOD)], 'it is a list inside the list of records', 'flat'],
    [null, 'it is null', 'Send an object'],
    [{}, 'it is an empty object', 'Send an object'],
    [{ events: [event(GOOD)] }, 'events contains the records', 'Send the contents of events'],
    [{ events: [{ name: 'E', params: {} }] }, 'events contains the records', 'Send the contents of events'],
    [{ name: 'E', items: [{ id: 1 }], ...GOOD }, 'the event name is in name', 'Send it as event'],
    [{ data: 'eyJldmVudCI6IkUifQ==' }, 'data contains text, where JSON is read as it is', 'as the JSON body'],
    [{ 0: event(GOOD) }, '0 contains the records', 'Send the contents of 0'],
    [{ data: event(GOOD) }, 'data contains the records', 'Send the contents of data'],
    [{ $token: 'T', $distinct_id: 'u', $set: {} }, 'it is a profile update, with $set', '/engage'],
    [{ $token: 'T', $distinct_id: 'u' }, 'it is a profile update, with $distinct_id', '/engage'],
    [{ $token: 'T', $group_key: 'k', $set: {} }, 'it is a profile update, with $set', '/groups'],
    [{ type: 'identify', userId: 'u', traits: {} }, 'format of Segment, of type identify', '$set'],
    [{ type: 'page', userId: 'u', properties: {} }, 'format of Segment, of type page', 'Page Viewed'],
    [{ name: 'E', properties: GOOD }, 'the event name is in name', 'Send it as event'],
    [{ event_name: 'E', name: 'x', properties: GOOD }, 'the event name is in event_name', 'Send it as event'],
    [{ Event: 'E', properties: GOOD }, 'the event name is in Event', 'Send it as event'],
    [{ type: 'E', properties: GOOD }, 'the event name is in type', 'Send it as event'],
    [{ $token: 'T', name: 'E', properties: {} }, 'the event name is in name', 'Send it as event'],
    [{ event: { name: 'E' }, properties: GOOD }, 'the event name is in event.name', 'Send it as event'],
    [{ properties: { ...GOOD, event: 'E' } }, 'the event name is in properties.event', 'Send it as event'],
    [{ properties: { ...GOOD, name: 'x' } }, 'it has no event; it has properties', 'Add event'],
    [{ event: ' ', properties: GOOD }, 'event is " "', 'variable'],
    [{ event: null, properties: GOOD }, 'event is null', 'variable'],
    [{ event: ['E'], properties: GOOD }, 'event is a list', 'as a string'],
    [event('{"token":"T"}'), 'properties is a string that contains JSON', 'do not encode it by itself'],
    [event([GOOD]), 'properties is a list', 'as an object'],
    [event('x'), 'properties is "x"', 'as an object'],
    [event(null), 'properties is null', 'as an object'],
    [{ event: 'E', props: GOOD }, 'the properties are in props', 'Send them as properties'],
    [{ event: 'E', data: GOOD }, 'the properties are in data', 'Send them as properties'],
    [{ event: 'E', ...GOOD }, 'found at the top level instead: token, distinct_id', 'Move them'],
    [{ event: 'E' }, 'it has no properties; it has event', 'Add properties'],
  ])('%j: %s (DIA-86)', (record, found, send) => {
    const said = saidOf(record)
    expect(said[0]).toContain(found)
    expect(said[1]).toContain(send)
  })

  it.each<[JsonObject, string]>([
    [{ user_id: 'u' }, 'the id is in properties, as user_id, where it is not read'],
    [{ distinct_id: '' }, 'properties.distinct_id is ""'],
    [{}, 'properties has no distinct_id; it has token, alias'],
  ])('of an identity event names its id: %j (DIA-86)', (own, found) => {
    const record = { event: '$create_alias', properties: { token: 'TOK', alias: 'a', ...own } }
    expect(saidOf(record)[0]).toBe(found)
  })

  it('keeps $merge out: it has a verdict of its own (TRK-38)', () => {
    expect(isInvalid(MERGE_NOT_ON_TRACK)).toBe(false)
  })

  it('has short sentences, however long its names and values are (DIA-86)', () => {
    const long = 'x'.repeat(10_000)
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`${long}${at}`, 1]))
    for (const record of [{ event: 'E', ...wide }, event(wide), event({ ...GOOD, time: long })]) {
      expect(saidOf(record).join('').length).toBeLessThan(500)
    }
  })
})
