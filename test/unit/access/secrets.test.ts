import { describe, expect, it } from 'vitest'
import { parseProjectId } from '../../../src/access/authenticate.ts'
import { hashSecret, isSameSecret, matchesHash, newSecret } from '../../../src/access/secrets.ts'

describe('secrets', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', 'A', false],
    ['a', 'ab', false],
    ['', 'a', false],
    ['', '', true],
    ['é', 'e\u0301', false],
  ])('%j and %j are the same: %s, whatever their lengths (SEC-08)', (given, expected, isSame) => {
    expect(isSameSecret(given, expected)).toBe(isSame)
    expect(matchesHash(given, hashSecret(expected))).toBe(isSame)
  })

  it('a hash of another length matches nothing (SEC-08)', () => {
    expect(matchesHash('a', hashSecret('a').subarray(0, 31))).toBe(false)
  })

  it('a new secret is 128 bits in hexadecimal, and never twice the same (SEC-08)', () => {
    const secrets = new Set(Array.from({ length: 100 }, newSecret))
    expect(secrets.size).toBe(100)
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('parseProjectId', () => {
  it.each([
    ['101', 101],
    ['0101', 101],
    ['2147483647', 2_147_483_647],
    ['2147483648', undefined],
    ['99999999999', undefined],
    ['-1', undefined],
    ['1.0', undefined],
    ['1e3', undefined],
    [' 1', undefined],
    ['', undefined],
    ['0x10', undefined],
    ['١', undefined],
    [undefined, undefined],
  ])('project_id=%j is %j (IMP-04)', (text, id) => {
    expect(parseProjectId(text)).toBe(id)
  })
})
