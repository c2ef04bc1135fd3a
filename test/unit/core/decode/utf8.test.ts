import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runAtOnce, STEP_BYTES } from '../../../../src/core/decode/steps.ts'
import { decodeUtf8, decodeUtf8InSteps } from '../../../../src/core/decode/utf8.ts'
import { anyText } from '../normalise/json-arbitraries.ts'

const bytes = (...values: number[]) => Uint8Array.of(...values)
const utf8 = (text: string) => new TextEncoder().encode(text)

/** The encoding of the browser SDK's base64: each UTF-16 unit on its own, surrogates too. */
function cesu8(text: string): Uint8Array {
  const out: number[] = []
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) out.push(unit)
    else if (unit < 0x800) out.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else out.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Uint8Array.from(out)
}

describe('decodeUtf8', () => {
  it.each([
    ['nothing', bytes(), ''],
    ['ASCII', utf8('{"a":1}'), '{"a":1}'],
    ['two, three and four bytes', utf8('é€😀'), 'é€😀'],
    [
      'the first and last character of each length',
      utf8('\u0080߿ࠀ￿\u{10000}\u{10ffff}'),
      '\u0080߿ࠀ￿\u{10000}\u{10ffff}',
    ],
    ['a NUL', bytes(0x61, 0, 0x62), 'a\u0000b'],
    ['a leading byte order mark, dropped', bytes(0xef, 0xbb, 0xbf, 0x7b), '{'],
    ['a byte order mark further on, kept', bytes(0x7b, 0xef, 0xbb, 0xbf), '{\uFEFF'],
    ['a leading byte order mark before a wrong byte', bytes(0xef, 0xbb, 0xbf, 0xff), '\uDCFF'],
  ])('reads %s (PRP-18)', (_name, input, text) => {
    expect(decodeUtf8(input)).toBe(text)
  })

  it.each([
    ['an emoji', '😀'],
    ['emoji beside text', 'a😀é€😀z'],
    ['the first and last character outside the BMP', '\u{10000}\u{10ffff}'],
  ])('reads CESU-8 of %s (TRK-03)', (_name, text) => {
    expect(decodeUtf8(cesu8(text))).toBe(text)
  })

  it('reads CESU-8 and UTF-8 in one text (TRK-03)', () => {
    expect(decodeUtf8(Buffer.concat([cesu8('😀'), utf8('é😀')]))).toBe('😀é😀')
  })

  it.each([
    ['a lone continuation byte', bytes(0x61, 0x80, 0x62), 'a\uDC80b'],
    ['bytes that begin nothing', bytes(0xc0, 0xc1, 0xf5, 0xff), '\uDCC0\uDCC1\uDCF5\uDCFF'],
    ['an overlong slash in two bytes', bytes(0xc0, 0xaf), '\uDCC0\uDCAF'],
    ['an overlong slash in three bytes', bytes(0xe0, 0x80, 0xaf), '\uDCE0\uDC80\uDCAF'],
    ['an overlong euro sign in four bytes', bytes(0xf0, 0x82, 0x82, 0xac), '\uDCF0\uDC82\uDC82\uDCAC'],
    ['a character beyond U+10FFFF', bytes(0xf4, 0x90, 0x80, 0x80), '\uDCF4\uDC90\uDC80\uDC80'],
    ['a sequence that the end cuts off', bytes(0xe2, 0x82), '\uDCE2\uDC82'],
    ['a sequence that a letter cuts off', bytes(0xe2, 0x82, 0x41), '\uDCE2\uDC82A'],
    ['a lone high surrogate', bytes(0xed, 0xa0, 0x80), '\uD800'],
    ['a lone low surrogate', bytes(0xed, 0xb0, 0x80), '\uDC00'],
  ])('keeps %s visible as lone surrogates (PRP-18)', (_name, input, text) => {
    expect(decodeUtf8(input)).toBe(text)
    expect(decodeUtf8(input).isWellFormed()).toBe(false)
  })

  it('a wrong byte after a lone high surrogate does not make a character of the two (PRP-18)', () => {
    expect(decodeUtf8(bytes(0xed, 0xa0, 0xbd, 0x80)).isWellFormed()).toBe(false)
  })

  it('a wrong byte late in a long text costs nothing before or after it (PRP-18)', () => {
    const text = 'aé€😀\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}'.repeat(2_000)
    const input = Buffer.concat([utf8(text), bytes(0xff), utf8(text)])
    expect(decodeUtf8(input)).toBe(`${text}\uDCFF${text}`)
  })

  it.each([
    ['CESU-8', cesu8('😀'), '😀'],
    ['four bytes', utf8('😀'), '😀'],
    ['a lone high surrogate and a wrong byte', bytes(0xed, 0xa0, 0xbd, 0x80), '\uDC00\uDC80'],
    ['wrong bytes', bytes(0xff, 0xfe, 0xfd), '\uDCFF\uDCFE\uDCFD'],
  ])('%s are the same wherever a step ends (PRP-18)', (_name, input, text) => {
    for (let before = 0; before <= 6; before++) {
      const filling = 'x'.repeat(STEP_BYTES / 2 - before)
      const steps = decodeUtf8InSteps(Buffer.concat([utf8(filling), input, bytes(0xff), utf8(filling)]))
      expect(runAtOnce(steps) === `${filling}${text}\uDCFF${filling}`).toBe(true)
    }
  })

  it.each([
    ['of wrong bytes', Buffer.alloc(8 * STEP_BYTES, 0xff)],
    ['of surrogates', Buffer.alloc(8 * STEP_BYTES, bytes(0xed, 0xa0, 0x80))],
    ['that is wrong at its end', Buffer.concat([Buffer.alloc(8 * STEP_BYTES, 'é'), bytes(0xff)])],
  ])('a long text %s is decoded in many steps (PRP-18)', (_name, input) => {
    expect([...decodeUtf8InSteps(input)].length).toBeGreaterThan(16)
  })

  it('any text survives both encodings (TRK-03)', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(!text.startsWith('\uFEFF'))
        expect(decodeUtf8(utf8(text))).toBe(text)
        expect(decodeUtf8(cesu8(text))).toBe(text)
      }),
    )
  })

  it('never throws, and agrees with the strict decoder on what that accepts (PRP-18)', () => {
    const strict = new TextDecoder('utf-8', { fatal: true })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (input) => {
        const text = decodeUtf8(input)
        try {
          expect(text).toBe(strict.decode(input))
        } catch (error) {
          if (!(error instanceof TypeError)) throw error
          expect(text).not.toContain('\uFFFD')
        }
      }),
    )
  })

  it('decodes a Buffer as any other bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), anyText.map(utf8)), (input) => {
        expect(decodeUtf8(Buffer.from(input))).toBe(decodeUtf8(input))
      }),
    )
    expect(decodeUtf8(Buffer.from('\uFEFF\uFEFF\uFFFD'))).toBe('\uFEFF\uFFFD')
  })
})
