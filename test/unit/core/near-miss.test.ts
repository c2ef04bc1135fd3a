import { describe, expect, it } from 'vitest'
import { compare, contains, type WantedUser } from '../../../src/core/near-miss.ts'

const came = {
  event: 'Sign Up',
  canonicalId: 'U',
  distinctId: '$device:D',
  propertiesJson: '{"plan":"pro","n":1,"deep":{"a":[1,2]},"none":null}',
}

describe('compare', () => {
  it.each([
    ['nothing wanted', {}, [], 0],
    ['all as wanted', { event: 'Sign Up', distinctId: 'U', properties: { plan: 'pro', n: 1 } }, [], 0],
    ['under the id it was sent with', { distinctId: '$device:D' }, [], 0],
    ['another case', { event: 'sign_up' }, ['Only letter case, spaces or punctuation differ.'], 1],
    ['a part', { event: 'Sign Up Completed' }, ['One contains the other.'], 2],
    ['a misspelt one', { event: 'Sing Up' }, ['Few letters differ.'], 2],
    ['another form of it', { event: 'Signed Up' }, ['Few letters differ.'], 2],
    ['half of the letters', { event: 'Sigma' }, ['It is another value.'], 3],
    ['another', { event: 'Purchase' }, ['It is another value.'], 3],
    ['nothing but punctuation', { event: '!!' }, ['It is another value.'], 3],
    ['both', { event: 'sign up', distinctId: 'V' }, [expect.any(String), 'It is another value.'], 4],
    ['another property', { properties: { plan: 'free' } }, ['It is another value.'], 3],
    ['a property of another type', { properties: { n: '1' } }, ['Only the type differs.'], 1],
    ['no such property', { properties: { toString: 1 } }, ['The event has no such property.'], 3],
    ['null where it is wanted', { properties: { none: null } }, [], 0],
  ])('%s', (_name, wanted, hints, distance) => {
    const { differences, distance: found } = compare(wanted, came, undefined)
    expect(differences.map(({ hint }) => hint)).toEqual(hints)
    expect(found).toBe(distance)
  })

  it.each([
    ['abcdefghi', 'xbcdefg', 'Few letters differ.'],
    ['xbcdefg', 'abcdefghi', 'Few letters differ.'],
    ['abcdefghi', 'xycdefg', 'It is another value.'],
    ['xycdefg', 'abcdefghi', 'It is another value.'],
    [`x${'a'.repeat(63)}`, `${'a'.repeat(64)}y`, 'It is another value.'],
    [`${'a'.repeat(64)}y`, `x${'a'.repeat(63)}`, 'It is another value.'],
  ])('a third of the letters of the longer one may differ: %s and %s', (event, found, hint) => {
    const { differences } = compare({ event }, { ...came, event: found }, undefined)
    expect(differences.map((own) => own.hint)).toEqual([hint])
  })

  it.each<[string, WantedUser, readonly string[], number]>([
    ['of the same user', { canonicalId: 'U', isRetroactive: true }, [], 0],
    ['of another user', { canonicalId: 'V', isRetroactive: true }, ['It is another value.'], 3],
    [
      'of the same user on Legacy',
      { canonicalId: 'U', isRetroactive: false },
      ['The same user, but an event stays under the id with which it was stored.'],
      1,
    ],
  ])('a third id, %s', (_name, user, hints, distance) => {
    const { differences, distance: found } = compare({ distinctId: 'third' }, came, user)
    expect(differences.map(({ hint }) => hint)).toEqual(hints)
    expect(found).toBe(distance)
  })

  it.each<[string, Parameters<typeof compare>[0], string]>([
    [
      'another case',
      { event: 'sign up' },
      'event: expected "sign up", got "Sign Up". Only letter case, spaces or punctuation differ.',
    ],
    ['another value', { event: 'Buy' }, 'event: expected "Buy", got "Sign Up".'],
    ['another user', { distinctId: 'V' }, 'distinct_id: expected "V", got "U".'],
    ['another value of a property', { properties: { plan: 'free' } }, 'plan: expected "free", got "pro".'],
    ['another type', { properties: { n: '1' } }, 'n: expected "1", got 1. Only the type differs.'],
    ['a missing property', { properties: { toString: 1 } }, 'toString: expected 1, got nothing.'],
    [
      'a property under another name',
      { properties: { Plan: 'pro' } },
      'Plan: expected "pro", got nothing. The event has "plan" instead.',
    ],
    ['an empty text', { properties: { plan: '' } }, 'plan: expected "", got "pro".'],
    ['a list', { properties: { deep: { a: [3] } } }, 'deep: expected {"a":[3]}, got {"a":[1,2]}.'],
    ['a long value', { event: 'x'.repeat(200) }, `event: expected "${'x'.repeat(119)}…, got "Sign Up".`],
  ])('says in words what was expected and what came: %s', (_name, wanted, text) => {
    expect(compare(wanted, came, undefined).differences.map((own) => own.text)).toEqual([text])
  })

  it('names the property, with both values as JSON', () => {
    const { differences } = compare({ properties: { plan: 'free', gone: [1] } }, came, undefined)
    expect(differences).toMatchObject([
      { field: 'properties.plan', wanted: '"free"', found: '"pro"' },
      { field: 'properties.gone', wanted: '[1]', found: '' },
    ])
  })
})

describe('contains', () => {
  it.each([
    [{ a: 1, b: 2 }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: { b: [1, { c: 2, d: 3 }] } }, { a: { b: [{ c: 2 }] } }, true],
    [[1, 2, 3], [3, 1, 1], true],
    [[1, 2], [3], false],
    [['a'], 'a', false],
    [{}, [], false],
    [[], {}, false],
    [null, null, true],
    [undefined, null, false],
    ['1', 1, false],
  ])('%j of %j: %s', (found, wanted, expected) => {
    expect(contains(found, wanted)).toBe(expected)
  })
})
