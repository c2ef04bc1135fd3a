import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOW_S, startServer, type TestServer, toBase64, trackJson } from '../support/server.ts'

/*
 * What /track answers, byte for byte and header for header (TRK-08 to TRK-27): the SDKs compare whole bodies,
 * so a newline or another type makes them retry what was stored, or drop what was not.
 */

let server: TestServer
let token: string
beforeAll(async () => {
  server = await startServer()
  token = (await server.createProject({ token: 'TOK_S' })).token
})
afterAll(() => server.close())

const good = (properties: object = {}) => ({
  event: 'E',
  properties: { token: 'TOK_S', distinct_id: 'u', ...properties },
})

interface Answer {
  readonly status: number
  readonly type: unknown
  readonly body: string
}

async function ask(records: unknown, query = ''): Promise<Answer> {
  const answer = await server.send(trackJson(records, query))
  return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.body }
}

const plain = (body: string): Answer => ({ status: 200, type: 'text/plain', body })
const json = (body: string, status = 200): Answer => ({ status, type: 'application/json', body })

describe('forms of the answer', () => {
  it('the default is one byte of plain text (TRK-08)', async () => {
    const answer = await server.send(trackJson([good()]))
    expect([...answer.rawPayload]).toEqual([0x31])
    expect(answer.headers['content-type']).toBe('text/plain')
    expect(answer.headers['content-length']).toBe('1')
    expect(await ask([{ event: 'x' }])).toEqual(plain('0'))
  })

  it.each([
    ['TRK-09', '?verbose=1', [good()], json('{"error":null,"status":1}')],
    ['TRK-09', '?verbose=1', [{}], json('{"error":"data, missing or empty","status":0}')],
    ['TRK-09', '?verbose=0', [good()], plain('1')],
    ['TRK-10', '?verbose=2', [good(), good()], json('{"error":null,"status":1}')],
    ['TRK-15', '?test=1', [good()], plain('1')],
    [
      'TRK-17',
      '?strict=1&verbose=1',
      [good({ token: '' })],
      json('{"error":"token, missing or empty","status":0}'),
    ],
    ['TRK-17', '?strict=1', [good()], plain('1')],
  ])('%s: %s', async (_rule, query, records, expected) => {
    expect(await ask(records, query)).toEqual(expected)
  })

  it.each([
    ['cb', '1', 'cb(1);'],
    ['app.done', '1', 'app.done(1);'],
    ['cbs[0]', '1', 'cbs[0](1);'],
    ['(function(){})', '1', '(function(){})(1);'],
  ])('callback=%s (TRK-12)', async (callback, _status, body) => {
    const answer = await ask([good()], `?callback=${encodeURIComponent(callback)}`)
    expect(answer).toEqual({ status: 200, type: 'text/javascript', body })
  })

  it('with verbose, and with an error (TRK-12)', async () => {
    expect((await ask([good()], '?callback=cb&verbose=1')).body).toBe('cb({"error":null,"status":1});')
    expect((await ask([{}], '?callback=cb')).body).toBe('cb(0);')
    const { headers } = await server.send(trackJson([good()], '?callback=cb'))
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it.each(['alert(1)//', 'a;b', '<script>', 'a b', '', 'x'.repeat(300)])(
    'callback=%s is never echoed (TRK-12, SEC-11)',
    async (callback) => {
      const answer = await server.send(trackJson([good()], `?callback=${encodeURIComponent(callback)}`))
      expect(answer.body).toBe('1')
      expect(answer.headers['twinpanel-verdict']).toBe('1; track.callback_rejected')
    },
  )

  it.each([[[good()]], [[{}]], [[]]])(
    'img=1 gives the pixel, whatever came: %j (TRK-11)',
    async (records) => {
      const answer = await server.send(trackJson(records, '?img=1&verbose=1'))
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['content-type']).toBe('image/gif')
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.rawPayload).toHaveLength(43)
      expect(answer.rawPayload.subarray(0, 6).toString('latin1')).toBe('GIF89a')
    },
  )

  it('redirect goes before everything, to http and https only (TRK-14, TRK-16)', async () => {
    const to = encodeURIComponent('https://example.com/a')
    const answer = await server.send(trackJson([good()], `?redirect=${to}&img=1&callback=cb`))
    expect([answer.statusCode, answer.headers.location]).toEqual([302, 'https://example.com/a'])
    for (const url of ['javascript:alert(1)', '/relative', 'ftp://x/y', '']) {
      expect(await ask([good()], `?redirect=${encodeURIComponent(url)}`)).toEqual(plain('1'))
    }
    expect((await ask([good()], '?img=1&callback=cb&verbose=1')).type).toBe('image/gif')
    expect((await ask([good()], '?callback=cb&verbose=1')).type).toBe('text/javascript')
  })

  it('a shared server does not redirect (TRK-14, SEC-11)', async () => {
    const shared = await startServer({ loopbackOnly: false, adminToken: 'secret' })
    const { token: own } = await shared.createProject()
    const answer = await shared.send(trackJson([good({ token: own })], '?redirect=https%3A%2F%2Fexample.com'))
    expect([answer.statusCode, answer.body]).toEqual([200, '1'])
    await shared.close()
  })
})

describe('structural checks', () => {
  it.each([
    ['a', {}, 'data, missing or empty'],
    ['a', null, 'data, missing or empty'],
    ['a', 'text', 'data, missing or empty'],
    ['a', [good()], 'data, missing or empty'],
    ['b', { properties: { token: 'TOK_S' } }, 'event, missing'],
    ['c', { event: '', properties: { token: 'TOK_S' } }, 'event, missing or empty'],
    ['c', { event: '  ', properties: { token: 'TOK_S' } }, 'event, missing or empty'],
    ['c', { event: 5, properties: { token: 'TOK_S' } }, 'event, missing or empty'],
    ['d', { event: 'E' }, 'properties, missing or empty'],
    ['d', { event: 'E', properties: [] }, 'properties, missing or empty'],
    ['e', { event: 'E', properties: {} }, 'token, missing or empty'],
    ['e', { event: 'E', properties: { token: 7 } }, 'token, missing or empty'],
    [
      'f',
      { event: '$create_alias', properties: { token: 'TOK_S', alias: 'a' } },
      'distinct_id, missing or empty',
    ],
    ['f', { event: '$identify', properties: { token: 'TOK_S' } }, 'distinct_id, missing or empty'],
    ['g', good({ time: 'yesterday' }), 'time, invalid'],
    ['g', good({ time: {} }), 'time, invalid'],
    ['h', good({ text: 'x'.repeat(1_048_577) }), 'event, too large'],
    ['b before c to e', { properties: {} }, 'event, missing'],
    ['e before g', { event: 'E', properties: { time: 'x' } }, 'token, missing or empty'],
  ])(
    'fault %s is named with verbose=1, and is 0 without: %j (TRK-18, TRK-20)',
    async (_row, record, error) => {
      expect(await ask([record], '?verbose=1')).toEqual(json(JSON.stringify({ error, status: 0 })))
      expect(await ask([record])).toEqual(plain('0'))
    },
  )

  it('an $identify with $identified_id needs no distinct_id (TRK-18 f)', async () => {
    const properties = { token: 'TOK_S', $identified_id: 'u', $anon_id: 'a' }
    expect(await ask([{ event: '$identify', properties }])).toEqual(plain('1'))
  })

  it('$merge is refused, and told why (TRK-38)', async () => {
    const merge = { event: '$merge', properties: { token: 'TOK_S', $distinct_ids: ['a', 'b'] } }
    const answer = await server.send(trackJson([merge], '?verbose=1'))
    expect(answer.body).toBe('{"error":"$merge is only accepted by /import","status":0}')
    expect(answer.headers['twinpanel-verdict']).toBe('1; identity.merge_not_on_track')
  })
})

describe('batches and tokens', () => {
  it('what we know more is in a header, never in the body (GEN-04, VRD-04)', async () => {
    const answer = await server.send(
      trackJson([good({ $device_id: 'd', text: 'x'.repeat(300) })], '?verbose=1'),
    )
    expect(answer.body).toBe('{"error":null,"status":1}')
    expect(answer.headers['twinpanel-verdict']).toBe('2; identity.distinct_id_overridden,value.truncated')
    expect((await server.send(trackJson([good()]))).headers['twinpanel-verdict']).toBeUndefined()
  })

  it('good records are kept, and the answer is 1 if there is one (TRK-19)', async () => {
    const { token: own } = await server.createProject()
    const answer = await server.send(trackJson([good({ token: own }), { event: 'x' }, {}], '?verbose=1'))
    expect(answer.body).toBe('{"error":null,"status":1}')
    expect(answer.headers['twinpanel-verdict']).toBe('4; record.invalid,batch.partial')
    expect(await server.readEvents(own)).toHaveLength(1)
    expect(await ask([{ event: 'x' }, {}])).toEqual(plain('0'))
  })

  it('an unknown token is answered like any other, and stores nothing (TRK-21, GEN-01, TRK-23)', async () => {
    const answer = await server.send(trackJson([good({ token: 'bogustoken' })], '?verbose=1'))
    expect([answer.statusCode, answer.body]).toEqual([200, '{"error":null,"status":1}'])
    expect(answer.headers['twinpanel-verdict']).toBe('1; token.unknown')
    expect((await server.send({ url: '/_twin/projects/bogustoken' })).statusCode).toBe(404)
  })

  it('each record goes to the project of its own token (TRK-22)', async () => {
    const [a, b] = [await server.createProject(), await server.createProject()]
    expect(await ask([good({ token: a.token, n: 1 }), good({ token: b.token, n: 2 })])).toEqual(plain('1'))
    expect((await server.readEvents(a.token)).map((event) => event.properties['n'])).toEqual([1])
    expect((await server.readEvents(b.token)).map((event) => event.properties['n'])).toEqual([2])
  })
})

describe('limits', () => {
  it('2000 records pass, 2001 do not (TRK-24)', async () => {
    const { token: own } = await server.createProject()
    const many = Array.from({ length: 2_000 }, () => good({ token: own, time: NOW_S }))
    expect(await ask(many)).toEqual(plain('1'))
    expect(await ask([...many, good({ token: own })])).toEqual(
      json(
        '{"code":413,"error":"request exceeds max limit of 2000 events","status":"Request Entity Too Large"}',
        413,
      ),
    )
    expect(
      (await server.send({ url: `/_twin/projects/${own}/events?limit=1000` })).json().events,
    ).toHaveLength(1_000)
  })

  const TOO_LARGE =
    '{"code":413,"error":"request exceeds max limit of 10485760 bytes","status":"Request Entity Too Large"}'
  const padded = (bytes: number) => JSON.stringify([good()]).padEnd(bytes, ' ')

  it('10 485 760 bytes pass, one more does not (TRK-25)', async () => {
    const request = (bytes: number) => ({ ...trackJson([]), payload: padded(bytes) })
    expect((await server.send(request(10_485_760))).body).toBe('1')
    const refused = await server.send(request(10_485_761))
    expect([refused.statusCode, refused.body]).toEqual([413, TOO_LARGE])
  })

  it('a form may be longer than what it carries, and what it carries may not (TRK-25)', async () => {
    const form = (bytes: number) => ({
      ...trackJson([]),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `data=${Buffer.from(`${' '.repeat(bytes - 2)}[]`).toString('base64')}`,
    })
    expect((await server.send(form(10_000_000))).body).toBe('0')
    expect((await server.send(form(10_485_761))).statusCode).toBe(413)
  })

  it('a URL of a megabyte is served, and called long (TRK-25)', async () => {
    const url = `/track?data=${encodeURIComponent(toBase64(good({ text: 'x'.repeat(700_000) })))}`
    const answer = await server.send({ url })
    expect(answer.body).toBe('1')
    expect(answer.headers['twinpanel-verdict']).toContain('limit.get_url_long')
  })

  it('/decide is retired and answered neutrally (TRK-41)', async () => {
    const answer = await server.send({ url: '/decide/?token=x&distinct_id=y' })
    expect(answer.json()).toEqual({ notifications: [], config: { enable_collect_everything: false } })
    expect(answer.headers['twinpanel-verdict']).toBe('1; endpoint.retired')
    expect(token).toBe('TOK_S')
  })
})
