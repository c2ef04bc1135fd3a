import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentTypes } from './requests.ts'
import { type FuzzServer, GOOD, SEED, sendRaw, startFuzzServer, statusOf } from './server.ts'

let server: FuzzServer
beforeAll(async () => {
  server = await startFuzzServer()
})
afterAll(() => server.close())

const head = (line: string, headers: readonly string[]) =>
  [line, 'Host: localhost', ...headers, '', ''].join('\r\n')
const track = () => JSON.stringify([{ event: 'E', properties: { token: server.token, $device_id: 'D' } }])

/** A request as bytes; headers are latin1, so that any byte can stand in them. */
function request(line: string, headers: readonly string[], body = ''): Uint8Array {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return Buffer.concat([
    Buffer.from(head(line, [...headers, ...length, 'Connection: close']), 'latin1'),
    Buffer.from(body),
  ])
}

/** Bytes that may stand in a header's value, with nothing but a value's first and last that is no blank. */
const headerValue = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }), fc.constant(9))
    .map((byte) => String.fromCharCode(byte)),
  maxLength: 200,
})
const headerName = fc.oneof(
  fc.constantFrom(
    'Accept',
    'Accept-Encoding',
    'Access-Control-Request-Headers',
    'Access-Control-Request-Method',
    'Access-Control-Request-Private-Network',
    'Authorization',
    'Content-Encoding',
    'Content-Type',
    'Cookie',
    'Forwarded',
    'If-None-Match',
    'Origin',
    'Range',
    'Sec-Fetch-Site',
    'User-Agent',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-HTTP-Method-Override',
    '__proto__',
    'constructor',
  ),
  fc
    .string({ unit: fc.constantFrom(...'abcXYZ019-_!#$%&*+.^`|~'), minLength: 1, maxLength: 20 })
    .map((name) => `X${name}`),
)
const header = fc.tuple(headerName, headerValue).map(([name, value]) => `${name}: ${value}`)
/** What may stand in a URL’s query, whole percent escapes or not; bytes beyond ASCII may not. */
const query = fc.string({ unit: fc.constantFrom(...'data=&verbose1%2B%zzE0?/+;[]{}"<>\\^`|'), maxLength: 60 })

describe('any header and query on a real socket', () => {
  it('is answered by /track without a 4xx or 5xx (DEC-08)', { timeout: 60_000 }, async () => {
    const lines = fc.constantFrom(
      'GET /track',
      'POST /track',
      'POST //track/',
      'OPTIONS /track',
      'GET /decide/',
    )
    const property = fc.asyncProperty(
      lines,
      query,
      fc.array(header, { maxLength: 6 }),
      async (line, search, headers) => {
        const sent = request(`${line}?${search} HTTP/1.1`, headers, line.startsWith('POST') ? track() : '')
        const answer = await sendRaw(server.port, [sent])
        expect([200, 204]).toContain(statusOf(answer))
        expect(server.complaints()).toEqual([])
      },
    )
    await fc.assert(property, { seed: SEED, numRuns: 1_000, interruptAfterTimeLimit: 5_000 })
    expect(await server.roundTrip()).toMatchObject(GOOD)
  })

  it.each(contentTypes.filter((type) => type !== undefined && !/[^ -~]/.test(type)))(
    'JSON with the type "%s" is taken (TRK-42)',
    async (type) => {
      const answer = await sendRaw(server.port, [
        request('POST /track HTTP/1.1', [`Content-Type: ${type}`], track()),
      ])
      expect(answer).toMatch(type === 'application/x-ndjson' ? /\r\n\r\n[01]$/ : /\r\n\r\n1$/)
    },
  )

  it.each([
    ['an empty Content-Encoding', ['Content-Encoding:']],
    ['a wrong charset', ['Content-Type: application/json; charset=klingon']],
    ['two types', ['Content-Type: text/html', 'Content-Type: application/json']],
    ['an Authorization of nonsense', ['Authorization: \u00ff\u00fe']],
    ['a cookie of nonsense', ['Cookie: ;;==;\u00ff']],
    ['an address of nonsense', ['X-Forwarded-For: ,,;"\u00ff', 'Forwarded: for=']],
    ['a hundred headers', Array.from({ length: 100 }, (_, n) => `X-${n}: ${n}`)],
  ])('%s does not matter (TRK-42)', async (_name, headers) => {
    expect(await sendRaw(server.port, [request('POST /track HTTP/1.1', headers, track())])).toMatch(
      /\r\n\r\n1$/,
    )
  })
})

describe('what HTTP itself has something against', () => {
  const form = 'Content-Type: application/x-www-form-urlencoded'

  it.each<[string, readonly string[]]>([
    ['a method of its own', [head('FOO /track HTTP/1.1', [])]],
    ['a line that is none', ['\u0000\u0001\u0002 garbage\r\n\r\n']],
    ['TLS', [Buffer.from('16030100a5010000a10303', 'hex').toString('latin1')]],
    ['no host', ['GET /track HTTP/1.1\r\nConnection: close\r\n\r\n']],
    ['two lengths', [head('POST /track HTTP/1.1', ['Content-Length: 2', 'Content-Length: 3']), '[]']],
    ['a negative length', [head('POST /track HTTP/1.1', ['Content-Length: -2']), '[]']],
    [
      'a length and chunks',
      [head('POST /track HTTP/1.1', ['Content-Length: 2', 'Transfer-Encoding: chunked']), '0\r\n\r\n'],
    ],
    [
      'a chunk of no size',
      [head('POST /track HTTP/1.1', ['Transfer-Encoding: chunked']), 'zz\r\n[]\r\n0\r\n\r\n'],
    ],
    ['a NUL in a header', [head('GET /track HTTP/1.1', ['Origin: a\u0000b'])]],
    ['headers of two megabytes', [head('GET /track HTTP/1.1', [`X-Long: ${'x'.repeat(2_000_000)}`])]],
    ['a URL of two megabytes', [head(`GET /track?data=${'x'.repeat(2_000_000)} HTTP/1.1`, [])]],
    ['a path that cannot be decoded', [head('GET /track%zz HTTP/1.1', ['Connection: close'])]],
  ])('%s is a 4xx or a closed door, never a crash (DEC-07)', async (_name, pieces) => {
    const status = statusOf(await sendRaw(server.port, pieces, 2_000))
    if (status !== undefined) expect([400, 408, 413, 414, 431, 505]).toContain(status)
    expect(await server.roundTrip()).toMatchObject(GOOD)
  })

  it.each<[string, readonly string[]]>([
    ['in the headers', ['POST /track HTTP/1.1\r\nHost: loc']],
    ['before the body', [head('POST /track HTTP/1.1', [form, 'Content-Length: 100'])]],
    ['within the body', [head('POST /track HTTP/1.1', [form, 'Content-Length: 100']), 'data=']],
    ['within a chunk', [head('POST /track HTTP/1.1', ['Transfer-Encoding: chunked']), '64\r\ndata=']],
    [
      'of a gzip',
      [head('POST /import HTTP/1.1', ['Content-Encoding: gzip', 'Content-Length: 100']), '\u001f\u008b'],
    ],
  ])('a client that goes away %s leaves no trace (DEC-07)', async (_name, pieces) => {
    await Promise.all(Array.from({ length: 5 }, () => sendRaw(server.port, pieces, 30)))
    expect(await server.roundTrip()).toMatchObject(GOOD)
    expect(server.complaints()).toEqual([])
  })

  it.each<[string, readonly string[], string]>([
    ['of a lookup table', [], 'id,a\n1,'],
    ['of a lookup table in gzip', ['Content-Encoding: gzip'], '\u001f\u008b'],
    ['of a lookup table before it begins', [], ''],
  ])('a client that goes away %s leaves no trace (LKP-02)', async (_name, headers, body) => {
    const tables = `${server.url}/_twin/projects/${server.projectId}/lookup-tables`
    const own = { 'content-type': 'application/json' }
    await fetch(tables, { method: 'POST', headers: own, body: '{"name":"T","id":"t"}' })
    const authorization = `Authorization: Basic ${Buffer.from(`${server.secret}:`).toString('base64')}`
    const line = `PUT /lookup-tables/t?project_id=${server.projectId} HTTP/1.1`
    const pieces = [head(line, [authorization, 'Content-Length: 100', ...headers]), body]
    await Promise.all(Array.from({ length: 30 }, () => sendRaw(server.port, pieces, 50)))
    expect(await server.roundTrip()).toMatchObject(GOOD)
    // Those who went away while they waited for their turn are sent on when it comes.
    const good = request(line, [authorization], 'id,a\n1,x\n')
    await expect.poll(async () => statusOf(await sendRaw(server.port, [good])), { timeout: 20_000 }).toBe(200)
    expect(server.complaints()).toEqual([])
  })

  it.each(['PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE', 'PROPFIND', 'LINK', 'M-SEARCH', 'QUERY'])(
    '%s, which HTTP knows and we do not take, is a 405 (TRK-01)',
    async (method) => {
      expect(statusOf(await sendRaw(server.port, [request(`${method} /track HTTP/1.1`, [])]))).toBe(405)
    },
  )
})

describe('connections', () => {
  it('requests in a row on one socket are answered in a row (DEC-07)', async () => {
    const keep = (body: string) =>
      Buffer.from(
        `${head('POST /track HTTP/1.1', ['Content-Type: application/json', `Content-Length: ${body.length}`])}${body}`,
      )
    const good = track()
    const pieces = [
      keep(good),
      keep('{oops'),
      keep('[]'),
      keep(good),
      request('POST /track HTTP/1.1', [], good),
    ]
    const answer = await sendRaw(server.port, [Buffer.concat(pieces)])
    expect([...answer.matchAll(/\r\n\r\n([01])/g)].map((match) => match[1])).toEqual([
      '1',
      '0',
      '0',
      '1',
      '1',
    ])
  })

  it('Expect: 100-continue is honoured (TRK-42)', async () => {
    const answer = await sendRaw(server.port, [
      request('POST /track HTTP/1.1', ['Expect: 100-continue'], track()),
    ])
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  })

  it('a GET of a megabyte is taken (TRK-25)', async () => {
    const record = { event: 'E', properties: { token: server.token, p: 'x'.repeat(700_000) } }
    const data = Buffer.from(JSON.stringify(record)).toString('base64url')
    expect(await sendRaw(server.port, [request(`GET /track?data=${data} HTTP/1.1`, [])])).toMatch(
      /\r\n\r\n1$/,
    )
  })

  it.each([1_100_000, 1_064_970, 5_000_000])('a URL of %i bytes is a 414 (TRK-25)', async (bytes) => {
    const line = `GET /track?data=${'x'.repeat(bytes)} HTTP/1.1`
    const answer = await sendRaw(server.port, [request(line, [])])
    expect(answer).toMatch(/^HTTP\/1\.1 414 URI Too Long\r\n.*Connection: close\r\n/s)
    expect(answer).toMatch(
      /\r\n\r\n\{"code":414,"error":"request URI is too long","status":"URI Too Long"\}$/,
    )
  })

  it('whoever sends 40 MB finds a 413, and may go on (TRK-25, IMP-28)', async () => {
    const large = head('POST /track HTTP/1.1', ['Content-Length: 40000000'])
    const next = request('POST /track HTTP/1.1', ['Content-Type: application/json'], track())
    const answer = await sendRaw(server.port, [large, Buffer.alloc(40_000_000, ' '), next], 20_000)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('{"code":413,"error":"request exceeds max limit of 10485760 bytes",')
    expect(answer).toMatch(/\}HTTP\/1\.1 200 .*\r\n\r\n1$/s)
  })

  it('of what is announced as 300 MB nothing is read (TRK-25)', async () => {
    const large = head('POST /track HTTP/1.1', ['Content-Length: 300000000'])
    const answer = await sendRaw(server.port, [large])
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*connection: close/is)
  })

  it('headers of two megabytes are a 431, and bytes that are no HTTP a 400 (DEC-07)', async () => {
    const headers = Array.from({ length: 2_000 }, (_, n) => `X-${n}: ${'x'.repeat(1_000)}`)
    const long = await sendRaw(server.port, [head('GET /track HTTP/1.1', headers)])
    expect(long).toMatch(/^HTTP\/1\.1 431 .*\{"code":431,.*"status":"Request Header Fields Too Large"\}$/s)
    const none = await sendRaw(server.port, ['no HTTP at all\r\n\r\n'])
    expect(none).toMatch(
      /^HTTP\/1\.1 400 .*\{"code":400,"error":"malformed HTTP request","status":"Bad Request"\}$/s,
    )
  })

  it('the server has complained of nothing (DEC-07)', () => {
    expect(server.complaints()).toEqual([])
  })
})
