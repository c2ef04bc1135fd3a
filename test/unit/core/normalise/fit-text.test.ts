import { describe, expect, it } from 'vitest'
import { fitText } from '../../../../src/core/normalise/fit-text.ts'
import { codesOf } from '../../build.ts'

describe('fitText', () => {
  it.each([
    ['a text at the limit', '😀'.repeat(255), 'chars', '😀'.repeat(255), []],
    ['a text past the limit', '😀'.repeat(256), 'chars', '😀'.repeat(255), ['value.truncated']],
    ['a NUL', 'a\u0000', 'chars', 'a\uFFFD', ['value.not_storable']],
    ['a NUL beyond the limit', `${'a'.repeat(255)}\u0000`, 'chars', 'a'.repeat(255), ['value.truncated']],
    [
      'a NUL in a text past the limit',
      `\u0000${'a'.repeat(255)}`,
      'chars',
      `\uFFFD${'a'.repeat(254)}`,
      ['value.truncated', 'value.not_storable'],
    ],
    ['a text at the limit in bytes', 'é'.repeat(127), 'bytes', 'é'.repeat(127), []],
    [
      'NULs, which take three bytes once replaced',
      '\u0000'.repeat(86),
      'bytes',
      '\uFFFD'.repeat(85),
      ['value.not_storable'],
    ],
    ['an empty text', '', 'chars', '', []],
  ] as const)('%s (PRP-10)', (_name, text, unit, expected, codes) => {
    const fitted = fitText(text, 'p', unit)
    expect(fitted.text).toBe(expected)
    expect(codesOf(fitted.findings)).toEqual(codes)
  })

  it('the notes name the property, and how long its text was (VRD-01)', () => {
    expect(fitText('x'.repeat(300), 'plan', 'chars').findings).toEqual([
      { code: 'value.truncated', values: { property: 'plan', length: 300, limit: 255 } },
    ])
  })
})
