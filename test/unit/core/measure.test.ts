import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isJsonObject, type Json } from '../../../src/core/json.ts'
import { isDeeperThan, jsonBytes } from '../../../src/core/measure.ts'
import { hostileValue } from './normalise/json-arbitraries.ts'

const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Json

describe('jsonBytes', () => {
  it('counts the bytes of the compact JSON (TRK-26)', () => {
    fc.assert(
      fc.property(hostileValue, (value) => {
        expect(jsonBytes(value)).toBe(Buffer.byteLength(JSON.stringify(value)))
      }),
    )
  })

  it('counts the same of what is too deep for JSON.stringify (TRK-26, DEC-07)', () => {
    const level = '{"é":1,"a\\n":[null,"x\\"",{},[]],"in":'
    const text = `${level.repeat(50_000)}true${'}'.repeat(50_000)}`
    expect(jsonBytes(JSON.parse(text) as Json)).toBe(Buffer.byteLength(text))
  })

  it('a hundred thousand levels do not run it out of stack (DEC-07)', () => {
    expect(jsonBytes(nested(100_000))).toBe(200_000)
  })
})

describe('isDeeperThan', () => {
  it.each<[string, Json, number, boolean]>([
    ['a scalar', 1, 0, false],
    ['null', null, 0, false],
    ['an empty list, limit 0', [], 0, true],
    ['an empty list, limit 1', [], 1, false],
    ['three levels, limit 3', { a: [{ b: 1 }] }, 3, false],
    ['four levels, limit 3', { a: [{ b: {} }] }, 3, true],
    ['the deep one last', [1, [], [[]], [[[]]]], 3, true],
  ])('%s (PRP-13)', (_name, value, limit, expected) => {
    expect(isDeeperThan(value, limit)).toBe(expected)
  })

  it('looks no deeper than the limit (DEC-07)', () => {
    expect(isDeeperThan(nested(100_000), 3)).toBe(true)
  })
})

describe('isJsonObject', () => {
  it.each<[Json | undefined, boolean]>([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    ['{}', false],
    [1, false],
    [undefined, false],
  ])('%j is an object: %s (TRK-18)', (value, expected) => {
    expect(isJsonObject(value)).toBe(expected)
  })
})
