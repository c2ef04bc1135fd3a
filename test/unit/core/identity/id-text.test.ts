import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idText, sentDistinctId } from '../../../../src/core/identity/distinct-id.ts'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { anyText } from '../normalise/json-arbitraries.ts'

describe('idText', () => {
  it.each<[string, Json, string]>([
    ['an id of 255 characters', '😀'.repeat(255), '😀'.repeat(255)],
    ['an id of 256 characters', '😀'.repeat(256), '😀'.repeat(255)],
    ['a NUL and a lone surrogate', 'a\u0000b\uD800', 'a\uFFFDb\uFFFD'],
    ['blanks', '  ', '  '],
  ])('%s (PRP-10)', (_name, value, text) => {
    expect(idText(value)).toBe(text)
  })

  it('any id is text that Postgres can hold, or none (DEC-07)', () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyText, (value, text) => {
        for (const sent of [value as Json, text, `${text}\u0000\uD800`]) {
          const id = idText(sent)
          if (id === undefined) continue
          expect(id).not.toMatch(/^$|\0/)
          expect(id.isWellFormed()).toBe(true)
        }
      }),
    )
  })
})

describe('sentDistinctId', () => {
  it.each<[JsonObject, string | undefined]>([
    [{ distinct_id: 'a' }, 'a'],
    [{ $distinct_id: 'z' }, 'z'],
    [{ distinct_id: '', $distinct_id: 'z' }, undefined],
    [{ $user_id: 'U1' }, undefined],
  ])('of %j is %j (PRP-03)', (sent, expected) => {
    expect(sentDistinctId(sent)).toBe(expected)
  })
})

it('a number beyond a double is no id (DEC-07)', () => {
  expect(idText(Number('1e400'))).toBeUndefined()
})
