import { describe, expect, it } from 'vitest'
import type { IdManagement } from '../../../../src/core/identity/model.ts'
import { refusedPair } from '../../../../src/core/identity/refused-pair.ts'
import { type SummarisedUser, summarise, type ToldVerdict } from '../../../../src/core/identity/summary.ts'
import type { Json } from '../../../../src/core/json.ts'

/* The sentence that answers why a user is one, or is not the user that was meant (DEC-04). */

const AT = Date.UTC(2026, 10, 29, 16, 59)
const user = (changes: Partial<SummarisedUser> = {}): SummarisedUser => ({
  mode: 'simplified',
  canonical: 'charlie',
  ids: ['charlie'],
  lastLink: undefined,
  told: [],
  events: 1,
  separate: [],
  ...changes,
})
const link = (event: string, rule: string) => ({ event, rule, atMs: AT })
const told = (code: ToldVerdict['code'], values: object, pair?: readonly [string, string]): ToldVerdict => ({
  code,
  values: { ...values },
  pair,
})

describe('a user whose ids were joined', () => {
  it.each<[string, Partial<SummarisedUser>, string]>([
    [
      'IDS-03',
      { ids: ['charlie', '$device:d1'], lastLink: link('Signed up', 'IDS-03') },
      'charlie is one user with 1 device, joined on 2026-11-29 at 16:59 UTC by “Signed up”, which carried both $device_id and $user_id.',
    ],
    [
      'IDS-05',
      { ids: ['charlie', '$device:d1', '$device:d2', '$device:d3'], lastLink: link('Login', 'IDS-03') },
      'charlie is one user with 3 devices; the last was joined on 2026-11-29 at 16:59 UTC by “Login”, which carried both $device_id and $user_id.',
    ],
    [
      'IDO-04',
      { mode: 'original', ids: ['charlie', 'a1'], lastLink: link('$identify', 'IDO-04') },
      'charlie is one user with 1 other id, joined on 2026-11-29 at 16:59 UTC by $identify.',
    ],
    [
      'IDL-01',
      { mode: 'legacy', ids: ['charlie', 'a', 'b'], lastLink: link('$create_alias', 'IDL-01') },
      'charlie is one user with 2 aliases; the last was joined on 2026-11-29 at 16:59 UTC by $create_alias.',
    ],
    [
      'IDL-02',
      {
        mode: 'legacy',
        ids: ['charlie', 'a'],
        lastLink: link('$create_alias', 'IDL-01'),
        separate: [{ id: 'a', events: 1 }],
      },
      'charlie is one user with 1 alias, but 1 earlier event sent as a stays apart: in Legacy an alias applies only to later events.',
    ],
  ])('is told what joined the last of them (%s)', (_rule, changes, sentence) => {
    expect(summarise(user(changes))).toBe(sentence)
  })
})

describe('a user with one id', () => {
  it.each<[string, Partial<SummarisedUser>, string]>([
    [
      'IDS-19',
      {},
      'charlie is a user with one id: no event has carried it as $user_id together with a $device_id.',
    ],
    [
      'IDS-02',
      { canonical: '$device:d1', ids: ['$device:d1'] },
      '$device:d1 is an anonymous device: no event has carried its $device_id together with a $user_id.',
    ],
    [
      'IDO-02',
      { mode: 'original' },
      'charlie is a user with one id: no $identify, $create_alias or $merge has joined another id to it.',
    ],
    ['IDL-01', { mode: 'legacy' }, 'charlie is a user with one id: $create_alias has given it no alias.'],
    ['ENG-01', { events: 0 }, 'charlie has no events: none was sent under this id.'],
  ])('is told what is missing (%s)', (_rule, changes, sentence) => {
    expect(summarise(user(changes))).toBe(sentence)
  })
})

const ALIAS = told('identity.alias_noop_simplified', {}, ['charlie', '+6512345678'])
const NOT_GUID = told('identity.anon_not_guid', { anon: 'x' }, ['charlie', 'x'])

describe('a user with a refused link', () => {
  it.each<[string, readonly ToldVerdict[], string]>([
    [
      'IDS-21',
      [ALIAS],
      'charlie and +6512345678 are two users: $create_alias does nothing in Simplified ID Merge.',
    ],
    [
      'IDO-07',
      [NOT_GUID, ALIAS],
      'charlie and x are two users: x is not a UUID, so $identify did not join it.',
    ],
    [
      'IDS-07',
      [told('identity.device_already_assigned', { device: '$device:d1', owner: 'charlie', user: 'taylor' })],
      'charlie and taylor are two users: $device:d1 already belongs to charlie.',
    ],
    [
      'GEN-03',
      [told('identity.case_mismatch', { a: 'Charlie', b: 'charlie' })],
      'charlie and Charlie are two users: their ids differ only in upper and lower case.',
    ],
    [
      'TRK-37',
      [told('identity.disallowed_id', { field: 'distinct_id', value: 'charlie' })],
      'charlie is a placeholder, not an id: everyone who sends it as distinct_id becomes this one user.',
    ],
  ])('is told the first reason given (%s)', (_rule, verdicts, sentence) => {
    expect(summarise(user({ told: verdicts }))).toBe(sentence)
  })

  it('is not told of ids that have been joined since, of other users, or of what is no reason (IDS-19)', () => {
    const ids = ['charlie', '+6512345678']
    const others = told('identity.alias_noop_simplified', {}, ['a', 'b'])
    const late = told('time.too_old_for_track', {}, ['charlie', 'a'])
    const unnamed = told('identity.anon_not_guid', { anon: 'x' })
    const verdicts = [ALIAS, others, late, unnamed]
    expect(summarise(user({ ids, told: verdicts, lastLink: link('Login', 'IDS-03') }))).toMatch(
      /^charlie is one user with 1 device/,
    )
  })

  it('of 255 characters is shortened, and its end kept (GEN-03)', () => {
    const long = `${'x'.repeat(250)}-last`
    const verdict = told('identity.alias_exists', { alias: long, owner: 'o' }, ['charlie', long])
    const sentence = summarise(user({ told: [verdict] }))
    expect(sentence.length).toBeLessThan(200)
    expect(sentence).toMatch(/^charlie and x{35}…x{7}-last are two users: x{35}…x{7}-last is/)
  })
})

describe('the two ids that a record would have joined', () => {
  it.each<[string, IdManagement, Json, readonly [string, string] | undefined]>([
    [
      'IDS-21',
      'simplified',
      { event: '$create_alias', properties: { distinct_id: 'a', alias: 5 } },
      ['a', '5'],
    ],
    [
      'IDS-20',
      'simplified',
      { event: '$identify', properties: { $identified_id: 'a', $anon_id: 'd' } },
      ['a', '$device:d'],
    ],
    [
      'IDS-20',
      'simplified',
      { event: '$identify', properties: { distinct_id: 'a', $device_id: 'd' } },
      ['a', '$device:d'],
    ],
    [
      'IDO-04',
      'original',
      { event: '$identify', properties: { $identified_id: 'a', $anon_distinct_id: 'd' } },
      ['a', 'd'],
    ],
    ['IDO-20', 'original', { event: '$merge', properties: { $distinct_ids: ['a', 'b'] } }, ['a', 'b']],
    [
      'IDS-07',
      'simplified',
      { event: 'x', properties: { $user_id: 'a', $device_id: '$device:d' } },
      ['a', '$device:d'],
    ],
    ['IDO-01', 'original', { event: 'x', properties: { distinct_id: 'a', $device_id: 'd' } }, ['a', 'd']],
    [
      'IDO-06',
      'original',
      { event: '$create_alias', properties: { distinct_id: 'a', alias: 'a' } },
      undefined,
    ],
    ['IDO-21', 'original', { event: '$merge', properties: { $distinct_ids: ['a', 'b', 'c'] } }, undefined],
    ['IDO-03', 'original', { event: '$identify', properties: { $identified_id: 'a' } }, undefined],
    ['TRK-07', 'simplified', { event: 'x' }, undefined],
    ['TRK-07', 'simplified', 'text', undefined],
  ])('%s: of a %s project, in %j', (_rule, mode, record, pair) => {
    expect(refusedPair(mode, record)).toEqual(pair)
  })
})
