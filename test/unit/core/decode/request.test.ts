import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { locateInRequest, parseLocated, type RawRequest } from '../../../../src/core/decode/request.ts'
import { runAtOnce } from '../../../../src/core/decode/steps.ts'
import { anyText } from '../normalise/json-arbitraries.ts'

const record = { event: 'Ä ?>~ 😀', properties: { token: 'TOK', 'a+b': 'c&d=e%20' } }
const one = JSON.stringify(record)
const batch = JSON.stringify([record, { event: 'B' }])
const base64 = (text: string) => Buffer.from(text).toString('base64')
const urlSafe = (text: string) => Buffer.from(text).toString('base64url')
const bytes = (text: string) => new TextEncoder().encode(text)

const FORM = 'application/x-www-form-urlencoded'
const formTypes = [
  FORM,
  `${FORM};charset=utf8`,
  `${FORM}; charset=UTF-8`,
  'text/plain;charset=UTF-8',
  'TEXT/PLAIN',
  'application/octet-stream',
  'a/b/c; =',
  '',
  undefined,
]
const jsonTypes = [
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON;charset=utf8',
  ' application/json ',
]

function decode(request: Partial<RawRequest> & { readonly text?: string }) {
  const { text, ...own } = request
  const body = text === undefined ? undefined : bytes(text)
  const located = runAtOnce(locateInRequest({ url: '/track', contentType: undefined, body, ...own }))
  return runAtOnce(parseLocated(located))
}

function records(request: Parameters<typeof decode>[0]): unknown {
  const { payload } = decode(request)
  return payload.ok ? payload.value.records : payload.error.code
}

const wrappings: readonly (readonly [string, (json: string) => string])[] = [
  ['percent-encoded JSON', encodeURIComponent],
  ['percent-encoded base64', (json) => encodeURIComponent(base64(json))],
  ['raw base64', base64],
  ['URL-safe base64', urlSafe],
  ['JSON with + for blanks', (json) => new URLSearchParams({ data: json }).toString().slice(5)],
]
const payloads: readonly (readonly [string, string, unknown])[] = [
  ['one record', one, [record]],
  ['a batch', batch, [record, { event: 'B' }]],
  ['an empty batch', '[]', 'empty_batch'],
  ['an empty object', '[{}]', [{}]],
  ['broken JSON', '{oops', 'bad_json'],
]

describe('a decoded request: the field data', () => {
  const cells = wrappings.flatMap(([wrapping, wrap]) =>
    payloads.map(([payload, json, expected]) => [payload, wrapping, wrap(json), expected] as const),
  )

  it.each(cells)('reads %s as %s from the query (TRK-02)', (_payload, _wrapping, data, expected) => {
    expect(records({ url: `/track/?data=${data}&verbose=1` })).toEqual(expected)
  })

  it.each(cells)('reads %s as %s from a form (TRK-02)', (_payload, _wrapping, data, expected) => {
    for (const contentType of formTypes) {
      expect(records({ contentType, text: `verbose=1&data=${data}` }), contentType).toEqual(expected)
      expect(decode({ contentType, text: `verbose=1&data=${data}` }).carrier).toBe('data')
    }
  })

  it.each(cells)('reads %s as %s from data= sent as JSON (TRK-02)', (_payload, _wrapping, data, expected) => {
    for (const contentType of jsonTypes) {
      expect(records({ contentType, text: `data=${data}` }), contentType).toEqual(expected)
    }
  })

  it('reads JSON over several lines that nobody encoded (TRK-03)', () => {
    const text = 'data={\n  "event": "E",\n  "properties": {"token": "T"}\n}\n'
    expect(records({ contentType: FORM, text })).toEqual([{ event: 'E', properties: { token: 'T' } }])
  })

  it.each([
    ['non-standard base64', urlSafe('{"a":"?>"}'), true],
    ['standard base64', base64('{"a":"?>"}'), false],
    ['JSON', '{"a":1}', false],
  ])('says of %s whether its alphabet was standard (TRK-03)', (_name, data, expected) => {
    const { payload } = decode({ url: `/track?data=${encodeURIComponent(data)}` })
    expect(payload.ok && payload.value.isNonstandardBase64).toBe(expected)
  })

  it.each(['application/json', 'application/x-ndjson', 'text/plain'])(
    'JSON as %s has no alphabet (TRK-03)',
    (type) => {
      const { payload } = decode({ contentType: type, text: one })
      expect(payload.ok && payload.value.isNonstandardBase64).toBe(false)
    },
  )

  it('takes data of the query where a form has none (TRK-02)', () => {
    expect(records({ url: `/track?data=${urlSafe(one)}`, contentType: FORM, text: 'verbose=1' })).toEqual([
      record,
    ])
  })

  it('takes data of the form where both have it (TRK-02)', () => {
    const url = `/track?data=${urlSafe('{"event":"query"}')}`
    expect(records({ url, contentType: FORM, text: 'data={"event":"form"}' })).toEqual([{ event: 'form' }])
  })

  it.each([
    ['a body of blanks', ' \r\n '],
    ['an empty body', ''],
    ['no body', undefined],
  ])('takes data of the query beside %s (TRK-02)', (_name, text) => {
    const url = `/track?data=${urlSafe(one)}`
    for (const contentType of [...formTypes, ...jsonTypes, 'application/x-ndjson']) {
      const request = text === undefined ? { url, contentType } : { url, contentType, text }
      expect(records(request)).toEqual([record])
    }
  })
})

describe('a decoded request: a JSON body', () => {
  it.each(payloads)('reads %s (TRK-02)', (_name, text, expected) => {
    for (const contentType of jsonTypes) {
      expect(records({ contentType, text }), contentType).toEqual(expected)
      expect(decode({ contentType, text }).carrier).toBe('json')
    }
  })

  it.each(payloads)('sniffs %s whatever the type (TRK-02)', (_name, text, expected) => {
    for (const contentType of formTypes) {
      expect(records({ contentType, text: ` \n${text}` }), contentType).toEqual(expected)
      expect(decode({ contentType, text }).carrier).toBe('json')
    }
  })

  it.each([
    ['a text', '"x"', ['x']],
    ['a number', '7', [7]],
    ['null', 'null', [null]],
    ['garbage', 'garbage', 'bad_json'],
    ['base64', base64(one), 'bad_json'],
  ])('holds to the type for %s (TRK-02)', (_name, text, expected) => {
    expect(records({ contentType: 'application/json', text })).toEqual(expected)
  })

  it('drops a byte order mark (PRP-18)', () => {
    expect(records({ contentType: 'application/json', text: `\uFEFF${one}` })).toEqual([record])
  })

  it('hands on what else a record holds (TRK-43)', () => {
    const text = '[{"event":"E","id":7,"$mp_metadata":{"a":1},"__proto__":{"b":2}}]'
    expect(JSON.stringify(records({ contentType: 'application/json', text }))).toBe(text)
  })
})

describe('a decoded request: NDJSON', () => {
  const ndjson = (text: string) => ({ contentType: 'application/x-ndjson; charset=utf-8', text })

  it.each([
    ['a record', one, [record]],
    [
      'records, blank lines and Windows ends of line',
      `\r\n${one}\r\n\n  \n{"event":"B"}\r\n`,
      [record, { event: 'B' }],
    ],
    ['a line that is none between good ones', '{"a":1}\n{oops\n{"b":2}', [{ a: 1 }, null, { b: 2 }]],
    ['an array on a line', '[{"a":1}]', [[{ a: 1 }]]],
    ['a form sent as NDJSON', 'data=%7B%7D', [null]],
  ])('reads %s (IMP-32)', (_name, text, expected) => {
    expect(records(ndjson(text))).toEqual(expected)
    expect(decode(ndjson(text)).carrier).toBe('ndjson')
  })
})

describe('a decoded request: nothing usable', () => {
  it.each([
    ['nothing at all', {}, 'no_data'],
    ['an empty parameter', { url: '/track?data=' }, 'no_data'],
    ['a blank parameter', { url: '/track?data=%20%20' }, 'no_data'],
    ['a form without data', { contentType: FORM, text: 'ip=1' }, 'no_data'],
    ['a broken gzip', { body: undefined, bodyProblem: 'bad_gzip', url: '/track?data=e30=' }, 'bad_gzip'],
    ['broken base64', { url: '/track?data=*' }, 'bad_base64'],
    ['base64 of no JSON', { url: `/track?data=${urlSafe('hello')}` }, 'bad_json'],
  ] as const)('tells the cause of %s (TRK-13)', (_name, request, cause) => {
    expect(records(request)).toBe(cause)
  })

  it.each([
    ['nothing', {}, 'there is neither a body nor a parameter data'],
    ['an empty parameter', { url: '/track?data=' }, 'data is empty'],
    ['a form of other fields', { contentType: FORM, text: 'ip=1&x=2' }, /no field data, only ip, x$/],
    [
      'multipart',
      { contentType: 'multipart/form-data; boundary=X', text: '--X' },
      'multipart/form-data is not read',
    ],
    ['a body that gzip is not', { bodyProblem: 'bad_gzip' }, /could not be inflated/],
    ['gzip that no header tells of', { contentType: 'application/json', body: gzipSync(one) }, /^it is gzip/],
    ['such a form', { contentType: FORM, body: gzipSync(`data=${one}`) }, /^it is gzip/],
    ['a wrong character', { url: '/track?data=abc*' }, 'data is neither JSON nor base64: at 3 there is "*"'],
    [
      'a second percent-encoding',
      { url: '/track?data=%257B' },
      /at 0 there is "%", so it may be percent-encoded twice/,
    ],
    ['half a byte', { url: '/track?data=abcde' }, /5 characters are no whole number of bytes/],
    [
      'JSON that ends early',
      { contentType: 'application/json', text: '[{"event":' },
      /^the text is not JSON \(.*end/,
    ],
    [
      'JSON with a comma too many',
      { contentType: 'application/json', text: '[1,]' },
      /^the text is not JSON \(.*\]/,
    ],
    ['base64 of a word', { url: `/track?data=${urlSafe('hello')}` }, /^the decoded base64 is not JSON \(.*h/],
    ['an empty list', { contentType: 'application/json', text: '[]' }, 'the list is empty'],
  ] as const)('says what was found in place of records: %s (TRK-13)', (_name, request, cause) => {
    const { payload } = decode(request)
    expect(payload.ok ? undefined : payload.error.cause).toMatch(cause)
  })

  const json = (text: string) => ({ contentType: 'application/json', text })
  it.each([
    ['a repr of Python', json("{'event': 'E', 'properties': {}}"), /json\.dumps/],
    ['lines of JSON', json(`${one}\n${one}`), /as a list.*application\/x-ndjson/],
    ['a comma too many', json('{"event":"E","properties":{"token":"t",}}'), /Remove the comma/],
    ['NaN', json('{"event":"E: a, \'b\'","properties":{"price":NaN}}'), /send null/],
    ['quotes that a shell removed', json('{event:E,properties:{token:t}}'), /in double quotes/],
    ['typographic quotes', json('{“event”:“E”}'), /straight ones/],
    ['a line end in a text', json('{"event":"E\n1"}'), /Escape line ends/],
    ['an object of JavaScript', json('[object Object]'), /JSON\.stringify/],
    ['HTML', json('{&quot;event&quot;:&quot;E&quot;}'), /escaping it for HTML/],
    ['quotes escaped twice', json('{\\"event\\":\\"E\\"}'), /Remove the backslashes/],
    ['a comment', json('{"event":"E", // http\n"properties":{}}'), /Remove the comments/],
    [
      'gzip in base64',
      { url: `/track?data=${encodeURIComponent(gzipSync(one).toString('base64'))}` },
      /whole body/,
    ],
    ['UTF-16', { contentType: 'application/json', body: Buffer.from(one, 'utf16le') }, /^Send UTF-8$/],
    ['UTF-16 as a form', { contentType: FORM, body: Buffer.from(`\ufeff${one}`, 'utf16le') }, /^Send UTF-8$/],
    ['gzip', { contentType: 'application/json', body: gzipSync(one) }, /^Send Content-Encoding: gzip/],
    ['base64 twice', { url: `/track?data=${urlSafe(Buffer.from(one).toString('base64'))}` }, /base64 once/],
    ['percent-encoding twice', { url: '/track?data=%257B%257D' }, /^Percent-encode data once/],
    ['quotes around data', { url: `/track?data='${encodeURIComponent(one)}'` }, /without quotes/],
    ['a form of members', { contentType: FORM, text: 'event=E&token=t' }, /as one JSON text/],
    ['a form as PHP nests it', { contentType: FORM, text: 'data%5Bevent%5D=E' }, /as one JSON text/],
    ['a query of members', { url: '/track?event=E&token=t' }, /as one JSON text/],
    ['the name of a file', { contentType: FORM, text: '@event.json' }, /--data-binary/],
    ['anything else', json('hello'), /^Send JSON, or JSON in base64/],
  ] as const)('says what to send instead of %s (DIA-39)', (_name, request, send) => {
    const { payload } = decode(request)
    expect(payload.ok ? undefined : payload.error.send).toMatch(send)
  })

  it('the parameters can be read all the same (TRK-05)', () => {
    expect(decode({ url: '/track?verbose=1', bodyProblem: 'bad_gzip' }).params.get('verbose')).toBe('1')
    expect(decode({ contentType: FORM, text: 'data=*&verbose=2' }).params.get('verbose')).toBe('2')
    expect(decode({ contentType: 'application/json', text: '{' }).params.get('verbose')).toBeUndefined()
  })
})

describe('a decoded request: size and hostile input', () => {
  const LIMIT = 10_485_760
  const ofBytes = (size: number) => `["${'x'.repeat(size - 4)}"]`

  it.each([
    ['a JSON body', (json: string) => ({ contentType: 'application/json', text: json })],
    ['a sniffed JSON body', (json: string) => ({ contentType: 'text/plain', text: json })],
    ['base64 in a form', (json: string) => ({ contentType: FORM, text: `data=${urlSafe(json)}` })],
    ['JSON in a form', (json: string) => ({ contentType: FORM, text: `data=${json}` })],
  ])('takes 10 MB of payload and no byte more as %s (TRK-25)', (_name, request) => {
    expect(records(request(ofBytes(LIMIT)))).toHaveLength(1)
    expect(records(request(ofBytes(LIMIT + 1)))).toBe('too_large')
  })

  it('takes 10 MB of NDJSON and no byte more (IMP-28)', () => {
    const contentType = 'application/x-ndjson'
    expect(records({ contentType, text: ofBytes(LIMIT) })).toHaveLength(1)
    expect(records({ contentType, text: ofBytes(LIMIT + 1) })).toBe('too_large')
  })

  it('reads ten thousand levels without running out of stack, and no level more (DEC-07)', () => {
    const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}${' '.repeat(70_000)}`
    expect(records({ contentType: 'application/json', text: nested(10_000) })).toHaveLength(1)
    expect(records({ contentType: 'application/json', text: nested(10_001) })).toBe('bad_json')
  })

  it('never throws, whatever the bytes, type and query (DEC-07)', () => {
    const types = fc.constantFrom(...formTypes, ...jsonTypes, 'application/x-ndjson')
    const part = fc.oneof(anyText, fc.json(), fc.base64String())
    fc.assert(
      fc.property(fc.uint8Array(), types, part, fc.boolean(), (random, contentType, text, isRandom) => {
        const body = isRandom ? random : bytes(text)
        const url = `/track?data=${encodeURIComponent(text.toWellFormed())}`
        const decoded = decode({ url, contentType, body })
        if (decoded.payload.ok) expect(decoded.payload.value.records.length).toBeGreaterThan(0)
        else expect(decoded.payload.error.code).toMatch(/^(no_data|bad_base64|bad_json|empty_batch)$/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a decoded request: how a payload was wrapped', () => {
  const wrapped = encodeURIComponent(base64(one))
  it.each<[string, Parameters<typeof decode>[0]]>([
    ['json', { text: one, contentType: 'application/json' }],
    ['json', { text: ` ${batch}` }],
    ['ndjson', { text: `${one}\n${one}`, contentType: 'application/x-ndjson' }],
    ['form base64', { text: `data=${wrapped}`, contentType: FORM }],
    ['form json', { text: `verbose=1&data=${encodeURIComponent(one)}`, contentType: `${FORM};charset=utf8` }],
    ['form base64', { text: `data=${base64(one)}` }],
    ['text base64', { text: `data=${wrapped}`, contentType: 'text/plain;charset=UTF-8' }],
    ['query base64', { url: `/track?data=${wrapped}` }],
    ['query json', { url: `/track?data=%20${encodeURIComponent(one)}` }],
    ['query base64', { url: `/track?data=${wrapped}`, text: 'verbose=1', contentType: FORM }],
  ])('%s (TRK-02, TRK-03)', (encoding, request) => {
    const { payload } = decode(request)
    expect(payload.ok && payload.value.encoding).toBe(encoding)
  })
})
