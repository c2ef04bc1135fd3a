import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isStorable, lengthIn, toStorable, truncate } from '../../../../src/core/normalise/text.ts'
import { anyText, brokenText } from './json-arbitraries.ts'

const LIMIT = 255

describe('truncate', () => {
  it.each([
    ['an empty text', '', 0],
    ['a text at the limit', 'a'.repeat(255), 255],
    ['a text one past the limit', 'a'.repeat(256), 255],
    ['é one past the limit', 'é'.repeat(256), 255],
    ['emoji at the limit, 510 units', '😀'.repeat(255), 510],
    ['emoji one past the limit', '😀'.repeat(256), 510],
    ['an emoji as the last that fits', `${'a'.repeat(254)}😀`, 256],
    ['an emoji as the first that does not', `${'a'.repeat(255)}😀`, 255],
    ['a lone surrogate as the last that fits', `${'a'.repeat(254)}\uD800`, 255],
    ['a NUL as the last that fits', `${'a'.repeat(254)}\u0000b`, 255],
  ])('cuts by characters: %s (PRP-10)', (_name, text, units) => {
    expect(truncate(text, LIMIT, 'chars')).toBe(text.slice(0, units))
  })

  it.each([
    ['a text at the limit', 'a'.repeat(255), 255],
    ['a text one past the limit', 'a'.repeat(256), 255],
    ['é, two bytes each', 'é'.repeat(255), 127],
    ['€, three bytes each', '€'.repeat(255), 85],
    ['😀, four bytes each', '😀'.repeat(255), 63 * 2],
    ['an emoji that would end one byte past the limit', `${'a'.repeat(252)}😀`, 252],
    ['an emoji that ends at the limit', `${'a'.repeat(251)}😀`, 253],
    ['a lone surrogate, three bytes once replaced', `${'a'.repeat(253)}\uD800`, 253],
  ])('cuts by bytes: %s (PRP-10)', (_name, text, units) => {
    expect(truncate(text, LIMIT, 'bytes')).toBe(text.slice(0, units))
  })

  it('gives the longest beginning within the limit, never half a character (PRP-10)', () => {
    const unit = fc.constantFrom('chars' as const, 'bytes' as const)
    fc.assert(
      fc.property(anyText, fc.nat(20), unit, (text, limit, counted) => {
        const cut = truncate(text, limit, counted)
        expect(text.startsWith(cut)).toBe(true)
        expect(cut.isWellFormed()).toBe(true)
        expect(lengthIn(counted, cut)).toBeLessThanOrEqual(limit)
        const next = [...text.slice(cut.length)][0]
        if (next !== undefined) expect(lengthIn(counted, cut + next)).toBeGreaterThan(limit)
      }),
    )
  })
})

describe('lengthIn', () => {
  it.each([
    ['', 0, 0],
    ['abc', 3, 3],
    ['é', 1, 2],
    ['😀', 1, 4],
    ['e\u0301', 2, 3],
    ['\u0000', 1, 1],
  ])('%j has %i characters and %i bytes (PRP-10)', (text, characters, bytes) => {
    expect(lengthIn('chars', text)).toBe(characters)
    expect(lengthIn('bytes', text)).toBe(bytes)
  })
})

describe('toStorable', () => {
  it.each([
    ['plain text', 'aé😀', 'aé😀'],
    ['a NUL', 'a\u0000b', 'a\uFFFDb'],
    ['several NULs', '\u0000\u0000', '\uFFFD\uFFFD'],
    ['a lone high surrogate', '\uD83Dx', '\uFFFDx'],
    ['a lone low surrogate', 'x\uDE00', 'x\uFFFD'],
    ['surrogates the wrong way round', '\uDE00\uD83D', '\uFFFD\uFFFD'],
    ['what stands for a wrong byte', 'a\uDCFFb', 'a\uFFFDb'],
  ])('replaces what Postgres cannot hold: %s (DEC-07)', (_name, text, expected) => {
    expect(toStorable(text)).toBe(expected)
    expect(isStorable(text)).toBe(text === expected)
  })

  it('makes any text storable, and leaves storable text alone (DEC-07)', () => {
    fc.assert(
      fc.property(brokenText, (text) => {
        expect(isStorable(toStorable(text))).toBe(true)
        if (isStorable(text)) expect(toStorable(text)).toBe(text)
      }),
    )
  })
})
