import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { NO_CARRIER } from '../../../../src/core/refusals/endpoint.ts'
import { invalidProfileFindings } from '../../../../src/core/refusals/profile.ts'
import { validateEngageRecord, validateGroupRecord } from '../../../../src/core/validate/profile.ts'

/** What is said of a record that /engage or /groups refuses. */
function saidOf(record: Json, endpoint: '/engage' | '/groups' = '/engage') {
  const valid = endpoint === '/engage' ? validateEngageRecord(record) : validateGroupRecord(record)
  if (valid.ok) throw new Error('the record was not refused')
  const { values } = invalidProfileFindings(valid.error, record, endpoint, NO_CARRIER).at(-1) ?? {}
  return [values?.['found'], values?.['send']]
}

const USER: JsonObject = { $token: 'TOK', $distinct_id: 'u' }
const GROUP: JsonObject = { $token: 'TOK', $group_key: 'company', $group_id: 'g' }
const SET: JsonObject = { $set: { plan: 'x' } }

describe('an operation that does not exist', () => {
  it.each([
    ['$increment', '$add'],
    ['$Set', '$set'],
    ['set', '$set'],
    ['SET', '$set'],
    ['$sett', '$set'],
    ['$setOnce', '$set_once'],
    ['$set_one', '$set_once'],
    ['$append_all', '$union'],
    ['$push', '$append'],
    ['$pull', '$remove'],
    ['$delete_property', '$unset'],
    ['traits', '$set'],
    ['properties', '$set'],
  ])('%s is named, and the nearest is %s (DIA-86)', (operation, nearest) => {
    const said = saidOf({ ...USER, [operation]: { n: 1 } })
    expect(said[0]).toBe(`${operation} is not an operation`)
    expect(said[1]).toContain(`Use ${nearest}, which `)
  })

  it('is like none: all are listed, for groups those of groups (DIA-86)', () => {
    expect(saidOf({ ...USER, $whatever: { n: 1 } })[1]).toContain('$set, $set_once, $add')
    expect(saidOf({ ...GROUP, $increment: { n: 1 } }, '/groups')[1]).not.toContain('$add')
  })
})

describe('a refused profile update', () => {
  it.each<[Json, string, string]>([
    [{ ...USER, plan: 'x' }, 'found outside of any operation: plan', 'Put them inside an operation'],
    [USER, 'it has no operation; it has $token, $distinct_id', 'Add one of $set'],
    [{ ...USER, $set: '{"a":1}' }, '$set is a string that contains JSON', 'as an object'],
    [{ ...USER, $set: [{ a: 1 }] }, '$set is a list', 'names and values'],
    [{ ...USER, $append: ['x'] }, '$append is a list', '"$append":{"pages":"home"}'],
    [{ ...USER, $set: null }, '$set is null', 'names and values'],
    [{ ...USER, $unset: { a: 1 } }, '$unset is an object', 'a list of names'],
    [{ ...USER, $set: { p: 'x'.repeat(1_048_576) } }, 'of them in $set.p', 'omit $set.p'],
    [{ token: 'T', $distinct_id: 'u', ...SET }, 'at the top level, as token', 'Send it as $token'],
    [{ $distinct_id: 'u', $set: { $token: 'T' } }, 'in $set, as $token', 'Send it as $token'],
    [{ ...USER, ...SET, $token: null }, '$token is null', 'environment'],
    [{ $distinct_id: 'u', ...SET }, 'it has no $token; it has $distinct_id, $set', 'Add $token'],
    [{ $token: 'T', distinct_id: 'u', ...SET }, 'at the top level, as distinct_id', 'as $distinct_id'],
    [{ $token: 'T', userId: 'u', ...SET }, 'at the top level, as userId', 'as $distinct_id'],
    [{ data: { ...USER, ...SET } }, 'data contains the records', 'Send the contents of data'],
    [{ $distinct_id: 'u', data: [{ a: 1 }], ...SET }, 'it has no $token', 'Add $token'],
    [{ $token: 'T', $set: { $distinct_id: 'u' } }, 'inside $set, as $distinct_id', 'as $distinct_id'],
    [
      { $token: 'T', $distinct_id: { id: 'u' }, ...SET },
      'an object with an id in id',
      'Send only that member',
    ],
    [{ $token: 'T', $distinct_id: {}, ...SET }, '$distinct_id is an object', 'a string'],
    [{ $token: 'T', $distinct_id: ['u'], ...SET }, '$distinct_id is a list', 'a string'],
    [{ $token: 'T', $distinct_id: '', ...SET }, '$distinct_id is ""', 'variable'],
    [{ $token: 'T', ...SET }, 'it has no $distinct_id; it has $token, $set', 'the id of the user'],
    [{ event: 'E', properties: { token: 'T' } }, 'it is an event, with event, properties', '/track'],
    [{ ...GROUP, ...SET }, 'it has $group_key and no $distinct_id', '/groups'],
    ['{"$token":"T"}', 'it is a string that contains JSON', 'once'],
  ])('of a user, %j: %s (DIA-86)', (record, found, send) => {
    const said = saidOf(record)
    expect(said[0]).toContain(found)
    expect(said[1]).toContain(send)
  })

  it.each<[Json, string, string]>([
    [{ $token: 'T', $group_id: 'g', ...SET }, 'it has no $group_key', 'Add $group_key'],
    [{ $token: 'T', $group_key: 'k', ...SET }, 'it has no $group_id', 'Add $group_id'],
    [{ $token: 'T', $group_key: 'k', $set: { $group_id: 'g' } }, 'inside $set, as $group_id', 'as $group_id'],
    [{ ...GROUP, ...SET, $group_key: ['k'] }, '$group_key is a list', 'a string'],
    [{ ...GROUP, ...SET, $group_id: { id: 7 } }, 'an object with an id in id', 'Send only that member'],
    [{ ...USER, ...SET }, 'it has $distinct_id and no $group_key', '/engage'],
    [{ ...USER, ...GROUP, ...SET }, 'it has $distinct_id beside $group_key', 'Remove $distinct_id'],
    [{ event: 'E', properties: {} }, 'it is an event', '/track'],
  ])('of a group, %j: %s (DIA-86)', (record, found, send) => {
    const said = saidOf(record, '/groups')
    expect(said[0]).toContain(found)
    expect(said[1]).toContain(send)
  })
})
