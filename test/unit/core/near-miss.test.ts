import { describe, expect, it } from 'vitest'
import { differencesFrom, distanceOf } from '../../../src/core/near-miss.ts'

const came = { event: 'Sign Up', canonicalId: 'U', distinctId: '$device:D' }

describe('differencesFrom', () => {
  it.each([
    ['nothing wanted', {}, [], 0],
    ['all as wanted', { event: 'Sign Up', distinctId: 'U' }, [], 0],
    ['under the id it was sent with', { distinctId: '$device:D' }, [], 0],
    ['another case', { event: 'sign_up' }, ['Only letter case, spaces or punctuation differ.'], 1],
    ['a part', { event: 'Sign Up Completed' }, ['One contains the other.'], 2],
    ['another', { event: 'Purchase' }, ['It is another value.'], 3],
    ['nothing but punctuation', { event: '!!' }, ['It is another value.'], 3],
    ['both', { event: 'sign up', distinctId: 'V' }, [expect.any(String), 'It is another value.'], 4],
  ])('%s', (_name, wanted, hints, distance) => {
    const differences = differencesFrom(wanted, came)
    expect(differences.map(({ hint }) => hint)).toEqual(hints)
    expect(distanceOf(differences)).toBe(distance)
  })
})
