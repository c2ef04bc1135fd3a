import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeData as decode, looksLikeJson } from '../../../../src/core/decode/data.ts'
import { runAtOnce } from '../../../../src/core/decode/steps.ts'
import { decodeUtf8 } from '../../../../src/core/decode/utf8.ts'

/** What decodeData gives, as text. */
function decodeData(value: string) {
  const decoded = runAtOnce(decode(value))
  if (!decoded.ok) return decoded
  const { bytes, isNonstandardBase64 } = decoded.value
  return { ok: true, value: { text: decodeUtf8(bytes), isNonstandardBase64 } } as const
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const json = '{"event":"?>~","properties":{"a":"ÿ?>"}}'

describe('decodeData', () => {
  it.each([
    ['an object', '{"a":1}', '{"a":1}'],
    ['an array', '[1]', '[1]'],
    ['JSON between blanks and line breaks', ' \r\n\t{"a":1}\n ', '{"a":1}'],
    ['what only begins like JSON', '{oops', '{oops'],
  ])('takes %s as it is (TRK-03)', (_name, value, text) => {
    expect(decodeData(value)).toEqual({ ok: true, value: { text, isNonstandardBase64: false } })
  })

  it.each([
    ['standard, padded', base64(json)],
    ['with + turned into spaces by a form parser', base64(json).replaceAll('+', ' ')],
    ['with line breaks, as MIME has them', base64(json).replace(/(.{20})/g, '$1\r\n')],
    ['with tabs', base64(json).replace(/(.{20})/g, '$1\t')],
    ['between blanks', `  ${base64(json)}\n`],
  ])('reads base64, %s (TRK-03)', (_name, value) => {
    expect(value).toMatch(/^[\sA-Za-z0-9+/=]+$/)
    expect(decodeData(value)).toEqual({ ok: true, value: { text: json, isNonstandardBase64: false } })
  })

  it('the sample holds a + and a /, so that the alphabets differ (TRK-03)', () => {
    expect(base64(json)).toContain('+')
    expect(base64(json)).toContain('/')
  })

  it.each([
    ['URL-safe', base64(json).replaceAll('+', '-').replaceAll('/', '_')],
    ['URL-safe without padding', Buffer.from(json).toString('base64url')],
    ['unpadded, one = missing', base64('{"ab":1}').replace(/=+$/, '')],
    ['unpadded, two = missing', base64('{"a":12}}}').replace(/=+$/, '')],
    ['with too little padding', base64('{"a":12}}}').replace(/==$/, '=')],
  ])('tolerates base64 %s, and says so (TRK-03)', (_name, value) => {
    const decoded = decodeData(value)
    expect(decoded.ok && decoded.value.isNonstandardBase64).toBe(true)
    expect(decoded.ok && decoded.value.text).toMatch(/^\{".*\}$/)
  })

  it('reads the CESU-8 that the browser SDK writes (TRK-03)', () => {
    const bytes = Buffer.concat([Buffer.from('["'), Buffer.from('eda0bdedb880', 'hex'), Buffer.from('"]')])
    expect(decodeData(bytes.toString('base64'))).toEqual({
      ok: true,
      value: { text: '["😀"]', isNonstandardBase64: false },
    })
  })

  it.each([
    ['nothing', ''],
    ['only blanks', ' \n '],
    ['only padding', '=='],
    ['one digit', 'e'],
    ['five digits', 'eyJhI'],
    ['three padding signs', 'eyJ==='],
    ['padding inside', 'eyJ=hIjox'],
    ['a character of neither alphabet', 'eyJhIjox*fQ=='],
    ['a percent sign', '%7B%7D'],
    ['text', 'not base64!'],
    ['letters beyond ASCII', 'éyJhIjoxfQ=='],
  ])('refuses %s (TRK-13)', (_name, value) => {
    expect(decodeData(value)).toEqual({ ok: false, error: 'bad_base64' })
  })

  it('any text survives base64 in either alphabet, padded or not (TRK-03)', () => {
    const wrappings: ((text: string) => string)[] = [
      base64,
      (text) => base64(text).replace(/=+$/, ''),
      (text) => Buffer.from(text).toString('base64url'),
      (text) => base64(text).replaceAll('+', ' '),
    ]
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...wrappings), (value, wrap) => {
        const text = `[${value}]`
        const decoded = decodeData(wrap(text))
        expect(decoded.ok && decoded.value.text).toBe(text)
      }),
    )
  })
})

describe('looksLikeJson', () => {
  it.each([
    ['{', true],
    ['[', true],
    ['', false],
    [' {', false],
    ['"', false],
    ['e', false],
  ])('tells %j by its first character: %s (TRK-03)', (text, expected) => {
    expect(looksLikeJson(text)).toBe(expected)
  })
})
