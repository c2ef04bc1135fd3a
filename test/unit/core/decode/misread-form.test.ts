import { describe, expect, it } from 'vitest'
import { locateInRequest } from '../../../../src/core/decode/request.ts'
import { runAtOnce } from '../../../../src/core/decode/steps.ts'

function misreadOfForm(body: string) {
  const request = { url: '/track', contentType: 'application/x-www-form-urlencoded', body: Buffer.from(body) }
  return runAtOnce(locateInRequest(request)).misread
}

function misreadOfQuery(query: string) {
  return runAtOnce(locateInRequest({ url: `/track?${query}`, contentType: undefined, body: undefined }))
    .misread
}

const json = (value: object) => JSON.stringify({ event: 'a', properties: value })

describe('JSON in a form that was not percent-encoded (TRK-03)', () => {
  it.each([
    ['a plus', { alias: '+6512345678' }, '"+6512345678"', '" 6512345678"'],
    ['an ampersand', { company: 'AT&T' }, '"AT&T"', '"AT'],
    ['a percent sign', { sale: '50%20off' }, '"50%20off"', '"50 off"'],
    ['the first of several', { a: 'C++', b: 'x&y' }, '"C++"', '"C  "'],
    ['a name', { 'a+b': 1 }, '"a+b"', '"a b"'],
  ])('%s', (_name, value, sent, read) => {
    const expected = { sent, read }
    expect(misreadOfForm(`data=${json(value)}&verbose=1`)).toEqual(expected)
    expect(misreadOfForm(`ip=1&data=${json(value)}`)).toEqual(expected)
    expect(misreadOfQuery(`data=${json(value)}`)).toEqual(expected)
    expect(misreadOfForm(`data=[${json(value)}]`)).toEqual(expected)
  })

  it('in UTF-8', () => {
    expect(misreadOfForm(`data=${json({ a: 'ü+' })}`)).toEqual({ sent: '"ü+"', read: '"ü "' })
  })

  it('as a browser sends it in a URL, with quotes and blanks encoded', () => {
    const query = `data=${json({ a: '+65 1' })}`.replaceAll('"', '%22').replaceAll(' ', '%20')
    expect(misreadOfQuery(query)).toEqual({ sent: '%22+65%201%22', read: '" 65 1"' })
  })

  it.each([
    ['encodeURI', encodeURI(json({ a: '+65', b: 'x y' })), '%22+65%22'],
    ['encodeURI, a telephone number', encodeURI(json({ a: '+6512345678' })), '%22+6512345678%22'],
  ])('by an encoder that leaves the plus: %s', (_name, value, sent) => {
    expect(misreadOfForm(`data=${value}`)?.sent).toBe(sent)
  })

  it('long text is cut, and a secret is not shown', () => {
    expect(misreadOfForm(`data=${json({ a: `${'x'.repeat(300)}+${'y'.repeat(300)}` })}`)?.sent).toHaveLength(
      80,
    )
    const secret = misreadOfForm(`data=${json({ api_secret: 'abc+def/ghi' })}`)
    expect(secret).toEqual({ sent: 'api_secret', read: 'another text' })
  })
})

describe('no false alarm for (TRK-03)', () => {
  const value = json({ a: '+65 12 & 100%', b: 'x+y', c: '50%20' })
  it.each([
    ['encodeURIComponent', `data=${encodeURIComponent(value)}`],
    ['URLSearchParams', new URLSearchParams({ data: value, verbose: '1' }).toString()],
    [
      'axios, which leaves some characters',
      `data=${encodeURIComponent(value).replace(/%3A/gi, ':').replace(/%2C/gi, ',').replace(/%20/g, '+').replace(/%5B/gi, '[')}`,
    ],
    ['raw JSON without these characters', `data=${json({ a: '100% sure' })}&ip=1`],
    ['raw JSON in which they are encoded by hand', `data=${json({ a: '%2B65 %26 %25' })}`],
    ['raw base64 with plus signs', `data=${Buffer.from(json({ a: '>>>???~~~' })).toString('base64')}`],
    ['JSON that is cut off elsewhere', `data=${json({ a: 1 }).slice(0, -1)}&ip=1`],
    ['a query beside it', `data=${json({ a: 1 })}&callback=a+b`],
  ])('%s', (_name, body) => {
    expect(misreadOfForm(body)).toBeUndefined()
    expect(misreadOfQuery(body)).toBeUndefined()
  })

  it('JSON as the body', () => {
    const body = Buffer.from(json({ a: '+65&' }))
    const request = { url: '/track', contentType: 'application/x-www-form-urlencoded', body }
    expect(runAtOnce(locateInRequest(request)).misread).toBeUndefined()
  })
})
