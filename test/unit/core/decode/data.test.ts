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
  ])('TRK-03: takes %s as it is', (_name, value, text) => {
    expect(decodeData(value)).toEqual({ ok: true, value: { text, isNonstandardBase64: false } })
  })

  it.each([
    ['standard, padded', base64(json)],
    ['with + turned into spaces by a form parser', base64(json).replaceAll('+', ' ')],
    ['with line breaks, as MIME has them', base64(json).replace(/(.{20})/g, '$1\r\n')],
    ['with tabs', base64(json).replace(/(.{20})/g, '$1\t')],
    ['between blanks', `  ${base64(json)}\n`],
  ])('TRK-03: reads base64, %s', (_name, value) => {
    expect(value).toMatch(/^[\sA-Za-z0-9+/=]+$/)
    expect(decodeData(value)).toEqual({ ok: true, value: { text: json, isNonstandardBase64: false } })
  })

  it('TRK-03: the sample holds a + and a /, so that the alphabets differ', () => {
    expect(base64(json)).toContain('+')
    expect(base64(json)).toContain('/')
  })

  it.each([
    ['URL-safe', base64(json).replaceAll('+', '-').replaceAll('/', '_')],
    ['URL-safe without padding', Buffer.from(json).toString('base64url')],
    ['unpadded, one = missing', base64('{"ab":1}').replace(/=+$/, '')],
    ['unpadded, two = missing', base64('{"a":12}}}').replace(/=+$/, '')],
    ['with too little padding', base64('{"a":12}}}').replace(/==$/, '=')],
  ])('TRK-03: tolerates base64 %s, and says so', (_name, value) => {
    const decoded = decodeData(value)
    expect(decoded.ok && decoded.value.isNonstandardBase64).toBe(true)
    expect(decoded.ok && decoded.value.text).toMatch(/^\{".*\}$/)
  })

  it('TRK-03: reads the CESU-8 that the browser SDK writes', () => {
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
  ])('TRK-13: refuses %s', (_name, value) => {
    expect(decodeData(value)).toEqual({ ok: false, error: 'bad_base64' })
  })

  it('TRK-03: any text survives base64 in either alphabet, padded or not', () => {
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
  ])('TRK-03: tells %j by its first character: %s', (text, expected) => {
    expect(looksLikeJson(text)).toBe(expected)
  })
})
