import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePlainForm } from '../../../../src/core/decode/plain-form.ts'
import {
  locateInRequest,
  locateSmall,
  parseLocated,
  parseSmall,
  type RawRequest,
} from '../../../../src/core/decode/request.ts'
import { runAtOnce } from '../../../../src/core/decode/steps.ts'
import { hostileValue } from '../normalise/json-arbitraries.ts'

/** What is known of a request decoded in small, with the value of each parameter that is read. */
function quickly(request: RawRequest) {
  return shown(parseSmall(locateSmall(request)))
}

function slowly(request: RawRequest) {
  return shown(runAtOnce(parseLocated(runAtOnce(locateInRequest(request)))))
}

function shown({ params, carrier, misread, payload }: ReturnType<typeof parseSmall>) {
  return { carrier, misread, payload, ip: params.get('ip'), verbose: params.get('verbose') }
}

const types = [
  'application/x-www-form-urlencoded',
  'text/plain;charset=UTF-8',
  'application/json',
  'application/x-ndjson',
  undefined,
]
const urls = ['/track', '/track/?ip=1&_=1', '/track?verbose=%31&ip']

function requestOf(body: string, contentType: string | undefined, url: string): RawRequest {
  return { url, contentType, body: Buffer.from(body, 'latin1') }
}

const payload = fc.oneof(
  hostileValue.map((value) => Buffer.from(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('{"a":12345678901234567890}', '[]', '[{}]', '\uFEFF{"a":"\uFFFD"}', '{').map(Buffer.from),
)
const encoded = payload.map((bytes) => bytes.toString('base64'))
const wrapped = fc.oneof(
  encoded.map(encodeURIComponent),
  encoded.map((text) => encodeURIComponent(text).toLowerCase().replaceAll('%3d', '%3D')),
  encoded,
  encoded.map((text) => text.replaceAll('+', ' ').replaceAll('=', '')),
)
/** A character, or a few, put anywhere into the form. */
const slip = fc.tuple(
  fc.nat(),
  fc.constantFrom('', '', '=', '==', '%', '%3', '%3D', '%41', '&', '&ip=0', ' ', '\n', '-'),
)

describe('a small request', () => {
  it('is decoded to the same as a large one, whatever it contains (TRK-03)', () => {
    const forms = fc.tuple(wrapped, slip, fc.constantFrom(...types), fc.constantFrom(...urls))
    fc.assert(
      fc.property(forms, ([data, [at, added], contentType, url]) => {
        const form = `data=${data}`
        const place = at % (form.length + 1)
        const request = requestOf(form.slice(0, place) + added + form.slice(place), contentType, url)
        expect(quickly(request)).toEqual(slowly(request))
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    'data=',
    'data==',
    'data=AAAA=',
    'data=AAAA=BBB',
    'data=QQ',
    'data=QUI=%',
    'data=QUI%3',
    'data',
    '',
  ])('is decoded to the same as a large one: %j', (form) => {
    const request = requestOf(form, types[0], '/track')
    expect(quickly(request)).toEqual(slowly(request))
  })

  it.each([
    ['data=QUI=', 'AB'],
    ['data=QUI%3D', 'AB'],
    ['data=QQ%3d%3D', 'A'],
    ['data=QUJD', 'ABC'],
    ['data=%2b/%2F%2BQUJD', '\u00fb\u00ff\u00feABC'],
  ])('is decoded in one pass: %j', (form, expected) => {
    const decoded = decodePlainForm(Buffer.from(form))
    expect(Buffer.from(decoded ?? []).toString('latin1')).toBe(expected)
  })
})
