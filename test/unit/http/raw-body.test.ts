import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { BodyRoom } from '../../../src/http/body-room.ts'
import { discardBody, takeRawBodies } from '../../../src/http/raw-body.ts'
import { receiveBytes } from '../../../src/http/receive.ts'

const JSON_LIMIT = 10_485_760
const FORM_LIMIT = 3 * JSON_LIMIT
const FORM = 'application/x-www-form-urlencoded'

/** What receiveBytes makes of a request: the body as text, or its length where it is long. */
async function read(
  payload: Buffer | string,
  headers: Record<string, string> = {},
  maxBytes = FORM_LIMIT,
): Promise<unknown> {
  const app = Fastify()
  const room = new BodyRoom()
  takeRawBodies(app)
  app.post('/', async (request) => {
    const body = await receiveBytes(request, room, maxBytes)
    if (!body.ok) return { error: body.error }
    const { bytes, problem } = body.value
    const text = bytes === undefined ? null : bytes.length > 100 ? bytes.length : bytes.toString()
    return { text, problem: problem ?? null, type: request.sentContentType ?? null }
  })
  const answer = await app.inject({ method: 'POST', url: '/', headers, payload })
  await app.close()
  // Whatever became of it, nothing stays taken.
  expect(room.sent.take(1e12)).toBe(true)
  return answer.json()
}

const text = (body: string | number | null, type: string | null = null) => ({
  text: body,
  problem: null,
  type,
})
const broken = { text: null, problem: 'bad_gzip', type: null }

describe('receiveBytes', () => {
  it.each<[string, string | undefined, Buffer]>([
    ['no encoding', undefined, Buffer.from('body')],
    ['an empty encoding (TRK-42)', '', Buffer.from('body')],
    ['a blank encoding', '  ', Buffer.from('body')],
    ['identity', 'Identity', Buffer.from('body')],
    ['gzip', 'gzip', gzipSync('body')],
    ['gzip in capitals, between blanks', ' GZIP ', gzipSync('body')],
    ['x-gzip', 'x-gzip', gzipSync('body')],
    ['gzip in two members', 'gzip', Buffer.concat([gzipSync('bo'), gzipSync('dy')])],
  ])('reads %s (TRK-04)', async (_name, encoding, payload) => {
    const headers = encoding === undefined ? {} : { 'content-encoding': encoding }
    expect(await read(payload, headers)).toEqual(text('body'))
  })

  it.each([
    ['less than it is', 100_000, 1],
    ['nothing', 100_000, 0],
    ['more than it is', 100_000, 2 ** 32 - 1],
  ])(
    'reads gzip in two members of which the last one says that it is %s (TRK-04)',
    async (_name, bytes, said) => {
      const last = gzipSync('')
      const payload = Buffer.concat([gzipSync('x'.repeat(bytes)), last])
      payload.writeUInt32LE(said, payload.length - 4)
      const expected = said === 0 ? text(bytes) : broken
      expect(await read(payload, { 'content-encoding': 'gzip' })).toEqual(expected)
    },
  )

  it.each<[string, string, Buffer]>([
    ['text that says it is gzip', 'gzip', Buffer.from('body')],
    ['gzip cut short', 'gzip', gzipSync('body').subarray(0, -4)],
    ['gzip with a wrong sum', 'gzip', Buffer.concat([gzipSync('body').subarray(0, -8), Buffer.alloc(8)])],
    ['deflate', 'deflate', deflateSync('body')],
    ['deflate that says it is gzip', 'gzip', deflateSync('body')],
    ['brotli', 'br', brotliCompressSync('body')],
    ['two encodings', 'gzip, gzip', gzipSync(gzipSync('body'))],
    ['an encoding that nobody knows', 'é', Buffer.from('body')],
  ])('%s is no data (TRK-04)', async (_name, encoding, payload) => {
    expect(await read(payload, { 'content-encoding': encoding })).toEqual(broken)
  })

  it.each([
    ['application/json', JSON_LIMIT],
    ['Application/JSON; charset=utf8', JSON_LIMIT],
    ['application/x-ndjson', JSON_LIMIT],
    [FORM, FORM_LIMIT],
    ['text/plain', FORM_LIMIT],
  ])('takes so much of %s, plain or inflated, and no byte more: %i (TRK-25)', async (type, limit) => {
    const full = Buffer.alloc(limit, ' ')
    const more = Buffer.alloc(limit + 1, ' ')
    const gzip = { 'content-type': type, 'content-encoding': 'gzip' }
    expect(await read(full, { 'content-type': type })).toEqual(text(limit, type))
    expect(await read(gzipSync(full), gzip)).toEqual(text(limit, type))
    expect(await read(gzipSync(more), gzip)).toEqual({ error: 'too_large' })
    expect(await read(more, { 'content-type': type })).toEqual({ error: 'too_large' })
  })

  it.each([
    '',
    ';',
    'a',
    'application/json;;charset="',
    'x/y'.repeat(500),
    'application/json; charset=klingon',
  ])('a type of %j is handed on as it came (TRK-42)', async (type) => {
    expect(await read('body', { 'content-type': type })).toEqual(text('body', type))
  })

  it('no body is no bytes (TRK-02)', async () => {
    expect(await read('')).toEqual(text(null))
    expect(await read('', { 'content-encoding': 'gzip', 'content-type': 'application/json' })).toEqual(
      text(null, 'application/json'),
    )
  })

  it('takes what a route allows and no byte more, plain or inflated', async () => {
    const gzip = { 'content-encoding': 'gzip' }
    expect(await read('x'.repeat(200), {}, 200)).toEqual(text(200))
    expect(await read('x'.repeat(201), {}, 200)).toEqual({ error: 'too_large' })
    expect(await read(gzipSync('x'.repeat(200)), gzip, 200)).toEqual(text(200))
    expect(await read(gzipSync('x'.repeat(201)), gzip, 200)).toEqual({ error: 'too_large' })
  })
})

describe('discardBody', () => {
  it.each([
    [100, true],
    [101, false],
  ])('reads to the end what may be %i bytes long: %s', async (length, expected) => {
    const app = Fastify()
    takeRawBodies(app)
    app.post('/', async (request) => ({ isWhole: await discardBody(request, 100) }))
    const answer = await app.inject({ method: 'POST', url: '/', payload: 'x'.repeat(length) })
    await app.close()
    expect(answer.json()).toEqual({ isWhole: expected })
  })
})
