import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_DEPTH,
  MAX_NAMES,
  MAX_VALUES,
  scanLines,
  scanRecords,
} from '../../../../src/core/decode/scan-json.ts'
import { runAtOnce, type Steps } from '../../../../src/core/decode/steps.ts'

const bytes = (text: string) => Buffer.from(text)
const scan = (text: string, max = 2_000) => runAtOnce(scanRecords(bytes(text), max))
const lines = (text: string, max = 2_000) => runAtOnce(scanLines(bytes(text), max))

/** The values that the spans of a text hold; undefined where one of them is not JSON. */
function parsed(text: string): readonly unknown[] | undefined {
  const spans = scan(text)
  if (!spans.ok) return undefined
  try {
    return spans.value.map(({ from, to }): unknown => JSON.parse(bytes(text).toString('utf8', from, to)))
  } catch {
    return undefined
  }
}

/** What the text is to JSON.parse: a list of records, or one. */
function reference(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch {
    return undefined
  }
}

describe('scanRecords', () => {
  it('finds what JSON.parse finds, in any list and any one value', () => {
    const json = fc
      .jsonValue()
      .chain((value) => fc.constantFrom(...[0, 1].map((n) => JSON.stringify(value, null, n))))
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          fc.array(json).map((all) => `[${all.join(' ,\n')}]`),
        ),
        (text) => {
          expect(parsed(text)).toEqual(reference(text))
        },
      ),
    )
  })

  it('takes for JSON what JSON.parse takes for it, and nothing else', () => {
    const piece = fc.constantFrom(...'[]{}",:\\ 1\n', 'null', '"a"', '{"a":', '[1', ',2]', 'é')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('')
        expect(parsed(text)).toEqual(reference(text))
      }),
      { numRuns: 5_000 },
    )
  })

  it('counts names and values, and those of no text', () => {
    const spans = scan('[{"a":[1,2,{"b":null}],"c,:[{":"x\\"y:,{"}, 7]')
    expect(spans.ok && spans.value.map(({ names, values }) => [names, values])).toEqual([
      [3, 7],
      [0, 1],
    ])
  })

  it('stops at the first record too many (TRK-24)', () => {
    expect(scan('[1,2,3]', 3).ok).toBe(true)
    expect(scan('[1,2,3,4', 3)).toEqual({ ok: false, error: { code: 'too_many', records: 3 } })
  })

  it.each<[string, number, (count: number) => string]>([
    ['levels', MAX_DEPTH, (count) => `[${'['.repeat(count)}${']'.repeat(count)}]`],
    ['names', MAX_NAMES, (count) => `[{${'"a":1,'.repeat(count - 1)}"a":1}]`],
    ['values', MAX_VALUES, (count) => `[[${'1,'.repeat(count - 2)}1]]`],
  ])('lets a record have so many %s and no more: %i', (_what, limit, text) => {
    expect(scan(text(limit)).ok).toBe(true)
    expect(scan(text(limit + 1))).toEqual({ ok: false, error: { code: 'too_complex', records: 0 } })
  })

  it('stops now and then, and goes on in the middle of a text', () => {
    const text = JSON.stringify(['\\"'.repeat(4_000_000), { a: 1 }])
    const steps: Steps<unknown> = scanRecords(bytes(text), 10)
    let stops = 0
    for (let step = steps.next(); step.done !== true; step = steps.next()) stops++
    expect(stops).toBeGreaterThan(2)
    expect(parsed(text)).toEqual(JSON.parse(text))
  })
})

describe('scanLines', () => {
  it.each([
    ['lines', '{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ['blank lines', ' \n\r\n1\r\n\t\n2 \n', ['1\r', '2 ']],
    ['what is not JSON', '1,2\n]\n"a', ['1,2', ']', '"a']],
    ['nothing', '\n \n', []],
  ])('finds %s (IMP-01)', (_name, text, expected) => {
    const spans = lines(text)
    expect(spans.ok && spans.value.map(({ from, to }) => bytes(text).toString('utf8', from, to))).toEqual(
      expected,
    )
  })

  it('stops at the first line too many (IMP-29)', () => {
    expect(lines('1\n\n2\n', 2).ok).toBe(true)
    expect(lines('1\n\n2\nx', 2)).toEqual({ ok: false, error: { code: 'too_many', records: 2 } })
  })

  it('leaves nothing of a line that is built of too much', () => {
    const deep = '['.repeat(MAX_DEPTH + 1)
    expect(lines(`1\n${deep}\n2`)).toMatchObject({
      ok: true,
      value: [{ from: 0, to: 1 }, { from: 2, to: 2 }, { from: deep.length + 3 }],
    })
  })
})
