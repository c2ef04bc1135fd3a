import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  A1,
  alias,
  asUser,
  History,
  identify,
  type Sent,
  type ShownVerdict,
  under,
  withBoth,
} from '../support/identity.ts'
import { basic, NOW_MS, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * What the answers leave out (VRD-01 to VRD-04): every record that was not simply stored is told of, in words,
 * with the record; one that was simply stored costs nothing.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = (mode = 'simplified', settings: object = {}) => History.start(server, mode, settings)
const OLD = NOW_S - 6 * 86_400

async function rowsOf({ project }: History): Promise<number> {
  const { rows } = await server.db.pool.query<{ n: string }>(
    'select count(*) as n from verdict where project_id = $1',
    [project.records_id],
  )
  return Number(rows[0]?.n)
}

describe('what is told of a record (VRD-01)', () => {
  it.each<[string, string, Sent, string, string, string]>([
    ['stored', 'TRK-33', ['E', { plan: 'x' }], 'identity.no_id', 'warning', ''],
    [
      'stored',
      'IDS-12',
      ['E', { distinct_id: A1, mp_lib: 'web' }],
      'identity.unprefixed_anonymous',
      'error',
      A1,
    ],
    ['stored', 'TRK-37', under('E', '(null)'), 'identity.placeholder_id', 'warning', '(null)'],
    [
      'changed',
      'IDS-13',
      ['E', { distinct_id: 'charlie', $device_id: 'charlie' }],
      'identity.user_id_in_device_id',
      'warning',
      '$device:charlie',
    ],
    [
      'changed',
      'IDS-13',
      ['E', { distinct_id: 'x', $user_id: 'U1' }],
      'identity.distinct_id_overridden',
      'warning',
      'U1',
    ],
    [
      'changed',
      'IDS-14',
      ['E', { $device_id: '$device:D' }],
      'identity.double_device_prefix',
      'warning',
      '$device:D',
    ],
    ['no_effect', 'IDS-20', identify('$device:D1', 'U1'), 'identity.identify_noop', 'info', 'U1'],
    ['no_effect', 'IDS-21', alias('k', 'U1'), 'identity.alias_noop_simplified', 'error', 'k'],
    ['dropped', 'TRK-28', ['E', { distinct_id: 'u', time: OLD }], 'time.too_old_for_track', 'error', 'u'],
    ['dropped', 'TRK-35', ['E', { distinct_id: 'u', $ignore: true }], 'event.ignored', 'warning', 'u'],
  ])('%s, %s: %j', async (outcome, _rule, sent, code, severity, id) => {
    const history = await start()
    const [record] = history.records(sent)
    await history.post('track', [record ?? {}])
    const verdicts = await history.verdicts()
    expect(verdicts).toHaveLength(1)
    expect(verdicts[0]).toMatchObject({
      received_at: new Date(NOW_MS).toISOString(),
      endpoint: '/track',
      outcome,
      code,
      severity,
      record,
      record_index: 0,
    })
    expectSentences(verdicts[0])
    if (id !== '') expect(await history.codes(`distinct_id=${encodeURIComponent(id)}`)).toEqual([code])
  })

  it('what a strict import says itself is kept too (VRD-01, IMP-11)', async () => {
    const history = await start()
    const records = history.records(asUser('good', 'u'), ['bad', { $user_id: 'u', $insert_id: 'bad:id' }])
    await history.post('import', records)
    const [partial, verdict, ...others] = await history.verdicts()
    expect(others).toEqual([])
    expect(partial).toMatchObject({ code: 'import.400_is_partial', record: null })
    expect(verdict).toMatchObject({
      code: 'record.invalid',
      outcome: 'rejected',
      endpoint: '/import',
      record: records[1],
      record_index: 1,
    })
    expectSentences(verdict)
  })

  it('Mixpanel’s own reasons are beside ours (VRD-02)', async () => {
    const history = await start('original')
    await history.sendEach('track', identify('x', 'U1'), alias('k', 'U1'), alias('k', 'U1'), identify(A1, A1))
    const messages = (await history.verdicts()).map((verdict) => verdict.message)
    expect(messages[0]).toContain('errAnonDistinctIdNonGUIDForm')
    expect(messages[1]).toContain('errAliasAlreadyExists')
  })

  it('secrets in a record are cut, the token is none (VRD-01, SEC-01)', async () => {
    const history = await start()
    const secrets = ['api_key', 'api_secret', 'secret', 'password', 'Authorization', 'access_token']
    const values = Object.fromEntries(secrets.map((name) => [name, `very-secret-${name}-1234`]))
    await history.sendEach('track', ['E', { ...values, plan: 'x' }])
    const [verdict] = await history.verdicts()
    expect(JSON.stringify(verdict)).not.toContain('very-secret')
    expect(verdict?.record?.properties).toMatchObject({ plan: 'x', token: history.project.token })
    const { rows } = await server.db.pool.query<{ record: string }>(
      'select record from verdict where project_id = $1',
      [history.project.records_id],
    )
    expect(rows[0]?.record).not.toContain('very-secret')
  })
})

describe('what is told of a request by its text', () => {
  const post = async (history: History, path: string, body: string, type = 'application/json') => {
    const access = path.startsWith('/import') ? basic(history.project.token) : {}
    const headers = { 'content-type': type, ...access }
    return (await server.send({ method: 'POST', url: path, headers, body })).statusCode
  }

  it.each(['/track', '/engage', '/import'])('a form that was not encoded, on %s (TRK-03)', async (path) => {
    const history = await start()
    const { token } = history.project
    const record =
      path === '/engage'
        ? { $token: token, $distinct_id: '+6512345678', $set: {} }
        : { event: 'E', properties: { token, distinct_id: '+6512345678', time: NOW_S, $insert_id: 'i' } }
    await post(history, path, `data=${JSON.stringify(record)}`, 'application/x-www-form-urlencoded')
    const told = (await history.verdicts()).find(({ code }) => code === 'payload.form_not_encoded')
    expect(told?.message).toContain('"+6512345678" was read as " 6512345678"')
    expect(told).toMatchObject({ outcome: 'changed', severity: 'error', record_index: null })
  })

  it('two people by numbers that a double cannot tell apart stay two (IDS-16)', async () => {
    const history = await start()
    const { token } = history.project
    const records = ['157963456373623802', '157963456373623803'].map(
      (id) =>
        `{"event":"E","properties":{"token":"${token}","distinct_id":${id},"$insert_id":${id},"time":${NOW_S}}}`,
    )
    await post(history, '/track', `[${records.join(',')}]`)
    expect(await history.users()).toEqual(['157963456373623802', '157963456373623803'])
    expect(await history.codes()).toEqual([])
  })

  it.each(['/track', '/import?strict=1', '/engage'])(
    'a number that was rounded, on %s (PRP-19)',
    async (path) => {
      const history = await start()
      const { token } = history.project
      const properties = `"token":"${token}","distinct_id":"u","time":${NOW_S},"$insert_id":"i","n":9007199254740993`
      const record =
        path === '/engage'
          ? `{"$token":"${token}","$distinct_id":"u","$set":{"n":9007199254740993}}`
          : `{"event":"E","properties":{${properties}}}`
      await post(history, path, record)
      const [verdict, ...others] = await history.verdicts()
      expect(others).toEqual([])
      expect(verdict).toMatchObject({ code: 'value.number_rounded', outcome: 'changed', record_index: 0 })
      expect(verdict?.message).toContain('n 9007199254740993 has more digits')
    },
  )
})

describe('finding verdicts (VRD-01)', () => {
  async function told() {
    const history = await start()
    await history.sendEach(
      'track',
      withBoth('e1', 'D1', 'U1'),
      withBoth('e2', 'D1', 'U2'),
      ['e3', { $device_id: 'D1', distinct_id: 'sent' }],
      ['e4', { $user_id: 'U2', $ignore: 1 }],
      alias('k', 'U3'),
    )
    return history
  }
  const ALL = [
    'identity.device_already_assigned',
    'identity.distinct_id_overridden',
    'event.ignored',
    'identity.alias_noop_simplified',
  ]

  it.each<[string, readonly string[]]>([
    ['', ALL],
    ['outcome=changed', ALL.slice(0, 2)],
    ['outcome=dropped', ['event.ignored']],
    ['outcome=rejected', []],
    ['code=identity.alias_noop_simplified', ['identity.alias_noop_simplified']],
    ['outcome=changed&code=event.ignored', []],
    ['outcome=dropped,no_effect', ALL.slice(2)],
    ['severity=error', ['identity.alias_noop_simplified']],
    ['severity=warning', ALL.slice(0, 3)],
    ['severity=error,warning', ALL],
    ['severity=info', []],
    ['severity=error&outcome=dropped', []],
    [`received_after=${NOW_MS - 1}`, ALL],
    [`received_after=${new Date(NOW_MS).toISOString()}`, []],
    ['distinct_id=U1', ALL.slice(0, 2)],
    ['distinct_id=%24device%3AD1', ALL.slice(0, 2)],
    ['distinct_id=U2', ['identity.device_already_assigned', 'event.ignored']],
    ['distinct_id=k', ['identity.alias_noop_simplified']],
    ['distinct_id=nobody', []],
    ['distinct_id=%00', []],
  ])('by %s (VRD-01)', async (query, codes) => {
    expect(await (await told()).codes(query)).toEqual(codes)
  })

  it('page by page, the oldest first (VRD-01)', async () => {
    const history = await told()
    const codes: string[] = []
    let after = ''
    for (let page = 0; page < 2; page++) {
      const answer = (await history.get(`verdicts?limit=2${after}`)).json()
      codes.push(...answer.verdicts.map((verdict: ShownVerdict) => verdict.code))
      expect(answer.next === null).toBe(page === 1)
      after = `&after=${answer.next}`
    }
    expect(codes).toEqual(ALL)
  })

  it.each([
    'outcome=lost',
    'outcome=',
    'severity=W',
    'severity=error,',
    'received_after=then',
    'code=nonsense',
    'after=x',
    'after=-1',
    'limit=0',
    'limit=1001',
    'limit=x',
  ])('%s is a bad question (VRD-01)', async (query) => {
    const answer = await (await start()).get(`verdicts?${query}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })

  it('the reset forgets them, and a project knows its own only (VRD-01)', async () => {
    const [one, other] = [await told(), await told()]
    expect(await one.reset()).toBe(204)
    expect(await one.codes()).toEqual([])
    // Deleted after the answer.
    await expect.poll(() => rowsOf(one), { timeout: 20_000 }).toBe(0)
    expect(await other.codes()).toEqual(ALL)
    expect((await server.send({ url: '/_twin/projects/none/verdicts' })).statusCode).toBe(404)
  })

  it('of unknown tokens under unrouted (DEC-05, TRK-21)', async () => {
    const properties = { token: 'nobody-has-this', distinct_id: 'lost-user' }
    const answer = await server.send(trackJson([{ event: 'Lost', properties }]))
    expect([answer.body, answer.headers['twinpanel-verdict']]).toEqual(['1', '1; token.unknown'])
    const url = '/_twin/verdicts/unrouted?code=token.unknown&limit=1000'
    const { verdicts } = (await server.send({ url })).json<{ verdicts: ShownVerdict[] }>()
    const own = verdicts.filter((verdict) => verdict.record?.event === 'Lost')
    expect(own).toMatchObject([
      { outcome: 'dropped', severity: 'error', record: { event: 'Lost', properties } },
    ])
    expect(own[0]?.message).toContain('nobody-has-this')
    expectSentences(own[0])
  })

  it('the catalogue tells every code (VRD-02)', async () => {
    const { verdicts } = (await server.send({ url: '/_twin/verdicts' })).json<{ verdicts: ShownVerdict[] }>()
    const codes = verdicts.map((entry) => entry.code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes).toEqual(expect.arrayContaining([...ALL, 'token.unknown', 'identity.cluster_full']))
    for (const { code, outcome, severity, message, advice, rule } of verdicts) {
      expect(code).toMatch(/^[a-z]+\.[a-z0-9_]+$/)
      expect(outcome).toMatch(/^(stored|changed|no_effect|dropped|rejected)$/)
      expect(severity).toMatch(/^(error|warning|info)$/)
      expect(rule).toMatch(/^[A-Z]{1,3}-\d{2,3}$/)
      expect([message, advice].every((sentence) => /[.?]$/.test(sentence))).toBe(true)
    }
  })
})

describe('what is kept as it was received (GEN-02)', () => {
  it('a record that was changed, with every verdict on it; of one that was not, nothing (GEN-02)', async () => {
    const history = await start()
    const changed: Sent = [
      'changed',
      { distinct_id: 'x', $user_id: 'U1', $device_id: '$device:D', n: [1, 2] },
    ]
    const [plain, record] = history.records(under('plain', '$device:D9'), changed)
    await history.post('track', [plain ?? {}, record ?? {}])
    const verdicts = await history.verdicts()
    expect(verdicts.map(({ code }) => code).toSorted()).toEqual([
      'identity.distinct_id_overridden',
      'identity.double_device_prefix',
    ])
    for (const verdict of verdicts) expect([verdict.record, verdict.record_index]).toEqual([record, 1])
  })

  it('to 16 KB, and of a longer one its name and that it was longer (GEN-02)', async () => {
    const history = await start()
    const [short, long] = history.records(
      ['short', { distinct_id: 'u', $ignore: true, text: 'x'.repeat(16_000) }],
      ['long', { distinct_id: 'u', $ignore: true, text: 'x'.repeat(17_000) }],
    )
    await history.post('track', [short ?? {}, long ?? {}])
    const told = 'the record was longer than 16384 characters, too long to keep'
    expect((await history.verdicts()).map(({ record }) => record)).toEqual(
      expect.arrayContaining([short, { event: 'long', twinpanel: told }]),
    )
  })

  it('a stored event changes in nothing but whose it is (GEN-02)', async () => {
    const history = await start()
    const [event] = history.records(['E', { $device_id: 'D1', plan: 'x' }])
    await history.post('track', [event ?? {}])
    const [before] = await history.export()
    await history.sendEach('track', withBoth('link', 'D1', 'U1'))
    await history.post('track', [{ ...event, properties: { ...event?.properties, plan: 'y' } }])
    const payload = [{ $token: history.project.token, $distinct_id: 'U1', $set: { plan: 'z' } }]
    expect((await server.send({ method: 'POST', url: '/engage', payload })).body).toBe('1')
    expect(before?.properties['distinct_id']).toBe('$device:D1')
    const whose = {
      distinct_id: 'U1',
      $distinct_id_before_identity: '$device:D1',
      $is_reshuffled: true,
      $preshuffle_distinct_id: '$device:D1',
    }
    const properties = { ...before?.properties, ...whose }
    expect(await history.export()).toContainEqual({ event: 'E', properties })
  })
})

describe('a plain stored event writes none (VRD-03)', () => {
  it.each<[string, readonly Sent[]]>([
    ['simplified', [['e1', { $device_id: 'D1' }], withBoth('e2', 'D1', 'U1'), withBoth('e3', 'D1', 'U1')]],
    ['original', [under('e1', 'U1'), under('e2', A1), alias('k', 'U1')]],
    ['legacy', [under('e1', 'U1'), alias('k', 'U1'), under('e2', 'k')]],
  ])('%s (VRD-03)', async (mode, sent) => {
    const history = await start(mode)
    for (const [n, one] of sent.entries()) {
      const answer = await history.batch(n === 0 ? 'import' : 'track', one)
      expect(answer.headers['twinpanel-verdict']).toBeUndefined()
    }
    expect([await history.codes(), await rowsOf(history)]).toEqual([[], 0])
  })
})

describe('the answer tells (VRD-04)', () => {
  const noId = { record_index: 0, outcome: 'stored', code: 'identity.no_id', rule: 'TRK-33' }
  const HEADER = '1; identity.no_id'

  it.each<[string, object]>([
    ['', { status: 1, verdicts: [noId] }],
    ['&verbose=1', { error: null, status: 1, verdicts: [noId] }],
    ['&ip=1&verbose=1', { error: null, status: 1, verdicts: [] }],
  ])('/track?explain=1%s (VRD-04)', async (query, body) => {
    const history = await start()
    const answer = await server.send(trackJson(history.records(['E', {}]), `?explain=1${query}`))
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toContain('application/json')
    expect(answer.json()).toMatchObject(body)
    for (const verdict of answer.json<{ verdicts: ShownVerdict[] }>().verdicts) expectSentences(verdict)
  })

  it.each<[string, number, string, string | undefined]>([
    ['img=1', 200, 'image/gif', undefined],
    ['callback=cb', 200, 'text/javascript', 'cb(1);'],
    ['redirect=https%3A%2F%2Fx.test%2F', 302, 'text/plain', ''],
  ])('%s keeps its form, and the header tells (VRD-04)', async (query, status, type, body) => {
    const history = await start()
    const plain = await server.send(trackJson(history.records(['E', {}]), `?${query}`))
    const explained = await server.send(trackJson(history.records(['E', {}]), `?${query}&explain=1`))
    expect([explained.statusCode, explained.headers['content-type']]).toEqual([status, type])
    expect(explained.rawPayload.equals(plain.rawPayload)).toBe(true)
    if (body !== undefined) expect(explained.body).toBe(body)
    expect([plain.headers['twinpanel-verdict'], explained.headers['twinpanel-verdict']]).toEqual([
      HEADER,
      HEADER,
    ])
  })

  it('a browser may read the header (VRD-04, SEC-09)', async () => {
    const history = await start()
    const request = trackJson(history.records(['E', {}]))
    const headers = { ...request.headers, origin: 'https://a.test' }
    const answer = await server.send({ ...request, headers })
    expect([answer.body, answer.headers['twinpanel-verdict']]).toEqual(['1', HEADER])
    expect(String(answer.headers['access-control-expose-headers']).toLowerCase()).toContain(
      'twinpanel-verdict',
    )
  })

  it.each<[string, number, object]>([
    ['strict=1', 400, { code: 400, num_records_imported: 1, status: 'Bad Request' }],
    ['strict=0', 200, { status: 1 }],
    ['strict=0&verbose=1', 200, { code: 200, error: null, num_records_imported: 1, status: 1 }],
  ])('/import?explain=1&%s (VRD-04)', async (query, status, body) => {
    const history = await start()
    const payload = history.records(['good', {}], ['bad', { $user_id: 'u', time: 'never' }])
    const answer = await server.send({
      method: 'POST',
      url: `/import?explain=1&${query}`,
      headers: basic(history.project.token),
      payload,
    })
    expect(answer.statusCode).toBe(status)
    const partial = { record_index: null, outcome: 'stored', code: 'import.400_is_partial' }
    const hashed = { record_index: 0, outcome: 'stored', code: 'identity.id_from_address', rule: 'IMP-18' }
    const ofRecords = [hashed, { record_index: 1, outcome: 'rejected', code: 'record.invalid' }]
    const verdicts = status === 400 ? [partial, ...ofRecords] : ofRecords
    expect(answer.json()).toMatchObject({ ...body, verdicts })
  })

  it('without explain the body is as ever (VRD-04)', async () => {
    const history = await start()
    const answer = await server.send(trackJson(history.records(['E', {}]), '?explain=0'))
    expect([answer.body, answer.headers['twinpanel-verdict']]).toEqual(['1', HEADER])
  })
})

describe('hostile records (DEC-07)', () => {
  const NESTED = `${'['.repeat(5_000)}${']'.repeat(5_000)}`
  it.each<[string, string]>([
    ['U+0000', '"a\\u0000b":"c\\u0000d","$user_id":"u\\u0000","distinct_id":"x\\u0000"'],
    ['lone surrogates', '"a\\ud800b":"\\udc00","$user_id":"u\\ud800","distinct_id":"x\\udfff"'],
    ['a megabyte', `"distinct_id":"","text":"${'x'.repeat(1_100_000)}"`],
    ['a long id', `"distinct_id":"${'x'.repeat(200_000)}","$user_id":"u"`],
    ['deep nesting', `"distinct_id":"","deep":${NESTED}`],
    ['hostile names', '"__proto__":{"x":1},"constructor":1,"distinct_id":"x","$user_id":"toString"'],
    ['braces', '"distinct_id":"{stored}","$user_id":"{property}"'],
    ['numbers beyond a double', '"distinct_id":1e400,"n":1e400,"$device_id":-1e400'],
    ['ids of other kinds', '"distinct_id":{"a":1},"$user_id":[],"$device_id":{}'],
  ])('%s (DEC-07)', async (_name, properties) => {
    for (const mode of ['simplified', 'original', 'legacy']) {
      const history = await start(mode)
      for (const event of ['E', '$identify', '$create_alias']) {
        const own = `"token":"${history.project.token}","time":${NOW_S - 9},"$insert_id":"i"`
        const payload = `[{"event":"${event}","properties":{${own},"alias":"a\\u0000",${properties}}}]`
        for (const url of ['/track?explain=1', '/import?strict=1&explain=1', '/import?explain=1']) {
          const headers = { 'content-type': 'application/json', ...basic(history.project.token) }
          const answer = await server.send({ method: 'POST', url, headers, payload })
          expect([200, 400]).toContain(answer.statusCode)
        }
      }
      const reads = ['verdicts', 'users', 'events', 'users/u%00', 'verdicts?distinct_id=x%00']
      for (const path of reads) expect((await history.get(path)).statusCode).toBeLessThan(500)
      for (const verdict of await history.verdicts()) {
        expect(JSON.stringify(verdict).length).toBeLessThan(40_000)
      }
    }
  })
})

/** One plain sentence or more on what happened, and on what to do, with every value in its place. */
function expectSentences(verdict: ShownVerdict | undefined): void {
  const { message = '', advice = '', rule } = verdict ?? {}
  expect(message).toMatch(/^\S.*\S\.?$/)
  expect(advice).toMatch(/^\S.*[.?]$/)
  expect(`${message}${advice}`).not.toMatch(/[{}]/)
  expect(rule).toMatch(/^[A-Z]{1,3}-\d{2,3}$/)
}
