import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, startServer, type TestProject, type TestServer, trackJson } from '../support/server.ts'

/*
 * Lookup tables: made through our own API, listed and replaced through Mixpanel's, whole or not at all (LKP).
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer({ adminToken: 'admin' })
})
afterAll(() => server.close())

const ADMIN = { authorization: 'Bearer admin' }
const OK = [200, { code: 200, status: 'OK' }]

interface Shown {
  readonly columns: readonly string[]
  readonly row_count: number
  readonly replaced_at: string | null
  readonly rows: readonly { readonly id: string; readonly properties: object }[]
  readonly next: string | null
}

const twinUrl = (project: TestProject, more = '') =>
  `/_twin/projects/${project.project_id}/lookup-tables${more}`

async function projectWith(settings: object = {}, id = 'accounts'): Promise<TestProject> {
  const project = await server.createProject({ settings })
  const answer = await make(project, { name: 'Accounts', id })
  if (answer.statusCode !== 201) throw new Error(answer.body)
  return project
}

const make = (project: TestProject, payload: object) =>
  server.send({ method: 'POST', url: twinUrl(project), headers: ADMIN, payload })

const credentials = {
  secret: ({ secret }: TestProject) => basic(secret),
  account: ({ service_account: own }: TestProject) => basic(own.username, own.secret),
  token: ({ token }: TestProject) => basic(token),
  nothing: () => ({}),
}

async function replace(project: TestProject, csv: string | Buffer, headers = {}, id = 'accounts') {
  const answer = await server.send({
    method: 'PUT',
    url: `/lookup-tables/${id}?project_id=${project.project_id}`,
    headers: { 'content-type': 'text/csv', ...credentials.secret(project), ...headers },
    payload: csv,
  })
  return [answer.statusCode, answer.json()]
}

async function list(project: TestProject, headers: object) {
  const url = `/lookup-tables?project_id=${project.project_id}`
  const answer = await server.send({ url, headers: { ...headers } })
  return [answer.statusCode, answer.json()]
}

async function show(project: TestProject, query = '', id = 'accounts'): Promise<Shown> {
  const answer = await server.send({ url: twinUrl(project, `/${id}${query}`), headers: ADMIN })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.json<Shown>()
}

const failed = (...failed_records: readonly object[]) => [
  400,
  {
    code: 400,
    error: 'some data points in the request failed validation',
    failed_records,
    status: 'Bad Request',
  },
]
const bad = (error: string) => [400, { code: 400, error, status: 'Bad Request' }]

describe('GET /lookup-tables', () => {
  it('lists the tables, to the byte (LKP-01)', async () => {
    const project = await server.createProject()
    expect(await list(project, credentials.account(project))).toEqual([
      200,
      { code: 200, status: 'OK', results: [] },
    ])
    await make(project, { name: 'Zoos', id: 'z' })
    await make(project, { name: 'Accounts', id: '8f1a1bb8-0000-4000-8000-000000000001' })
    const answer = await server.send({
      url: `/lookup-tables?project_id=${project.project_id}`,
      headers: credentials.account(project),
    })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.body).toBe(
      '{"code":200,"status":"OK","results":[{"id":"8f1a1bb8-0000-4000-8000-000000000001","name":"Accounts"},{"id":"z","name":"Zoos"}]}',
    )
  })

  it('has no CORS headers (LKP-01, SEC-10)', async () => {
    const project = await server.createProject()
    const answer = await server.send({
      url: `/lookup-tables?project_id=${project.project_id}`,
      headers: { ...credentials.account(project), origin: 'http://localhost:3000' },
    })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  it('another method is refused with those that there are (LKP-01)', async () => {
    const answer = await server.send({ method: 'POST', url: '/lookup-tables' })
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'GET'])
  })
})

describe('who may (LKP-07, SEC-03)', () => {
  const unauthorized = (error: unknown) => [401, { code: 401, error, status: 'Unauthorized' }]
  const invalidSecret = expect.stringMatching(/^Unauthorized, invalid project secret\. /)

  it.each([
    ['account', 200, 200],
    ['secret', 401, 200],
    ['token', 401, 401],
    ['nothing', 401, 401],
  ] as const)('%s: list %i, replace %i', async (kind, listed, replaced) => {
    const project = await projectWith()
    const headers = credentials[kind](project)
    expect((await list(project, headers))[0]).toBe(listed)
    const bare = { authorization: '', ...headers }
    expect((await replace(project, 'id,a\n1,2\n', bare))[0]).toBe(replaced)
    expect((await show(project)).row_count).toBe(replaced === 200 ? 1 : 0)
  })

  it('in the words of /import', async () => {
    const project = await projectWith()
    expect(await list(project, {})).toEqual(unauthorized('Unauthorized'))
    expect(await list(project, credentials.secret(project))).toEqual(unauthorized('Invalid credentials'))
    expect(await replace(project, '', credentials.token(project))).toEqual(unauthorized(invalidSecret))
    const wrong = basic(project.service_account.username, 'wrong')
    expect(await list(project, wrong)).toEqual(unauthorized('Invalid credentials'))
  })

  it('one project does not open another', async () => {
    const [own, other] = [await projectWith(), await projectWith()]
    expect(await replace(other, 'id,a\n1,2\n', credentials.secret(own))).toEqual(
      unauthorized('Credentials in request did not match project_id URL parameter'),
    )
    expect(await list(other, credentials.account(own))).toEqual(
      unauthorized('service account is not a project member'),
    )
    expect((await show(other)).row_count).toBe(0)
  })
})

describe('a body that is not the table that was meant (DIA-120)', () => {
  const told = async (project: TestProject) => {
    const url = `/_twin/projects/${project.project_id}/verdicts`
    return (await server.send({ url, headers: ADMIN })).json().verdicts
  }
  const send = (project: TestProject, payload: string | Buffer, type: string) =>
    server.send({
      method: 'PUT',
      url: `/lookup-tables/accounts?project_id=${project.project_id}`,
      headers: { 'content-type': type, ...credentials.secret(project) },
      payload,
    })

  it('is taken as live takes it, with a verdict, where it can be read: curl -d @table.csv (LKP-02)', async () => {
    const project = await projectWith()
    const answer = await send(project, 'id,name1,Ann2,Bob', 'application/x-www-form-urlencoded')
    expect([answer.statusCode, answer.body, answer.headers['twinpanel-verdict']]).toEqual([
      200,
      '{"code":200,"status":"OK"}',
      '1; lookup.suspect',
    ])
    expect(await told(project)).toMatchObject([
      {
        code: 'lookup.suspect',
        outcome: 'stored',
        endpoint: '/lookup-tables/:id',
        message: expect.stringContaining('curl -d strips the line ends'),
        advice: expect.stringContaining('--data-binary'),
      },
    ])
  })

  it('is refused with what is suspicious about it, where its header cannot be read (LKP-05)', async () => {
    const project = await projectWith()
    const answer = await send(project, 'id;name\n1;Ann\n', 'text/csv')
    expect([answer.statusCode, answer.json()]).toEqual(
      bad(
        'invalid header: at least two columns are required; the columns seem to be separated by semicolons',
      ),
    )
    expect(await told(project)).toMatchObject([{ code: 'lookup.suspect', outcome: 'rejected' }])
  })

  it('in Latin-1 is read, and named (LKP-04)', async () => {
    const project = await projectWith()
    const answer = await send(project, Buffer.from('id,name\n1,Zo\u00eb\n', 'latin1'), 'text/csv')
    expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([200, '1; lookup.suspect'])
    expect((await show(project)).rows).toEqual([{ id: '1', properties: { name: 'Zo\uFFFD' } }])
  })
})

describe('PUT /lookup-tables/:id', () => {
  it('replaces all rows (LKP-02)', async () => {
    const project = await projectWith()
    expect(await replace(project, 'id,name\na,Ann\nb,Bob\n')).toEqual(OK)
    expect(await replace(project, 'key,age\nc,3\n')).toEqual(OK)
    expect(await show(project)).toEqual({
      id: 'accounts',
      name: 'Accounts',
      columns: ['key', 'age'],
      row_count: 1,
      replaced_at: '2026-08-20T12:00:00.123Z',
      rows: [{ id: 'c', properties: { age: 3 } }],
      next: null,
    })
  })

  it.each([
    ['gzip', gzipSync('id,a\n1,x\n')],
    ['x-gzip', gzipSync('id,a\n1,x\n')],
    ['identity', Buffer.from('id,a\n1,x\n')],
  ])('Content-Encoding %s (LKP-02)', async (encoding, body) => {
    const project = await projectWith()
    expect(await replace(project, body, { 'content-encoding': encoding })).toEqual(OK)
    expect((await show(project)).rows).toEqual([{ id: '1', properties: { a: 'x' } }])
  })

  it.each(['text/csv; charset=utf-8', 'application/octet-stream', 'no type at all', ''])(
    'Content-Type %j is CSV too (LKP-02)',
    async (type) => {
      const project = await projectWith()
      expect(await replace(project, 'id,a\n1,x\n', { 'content-type': type })).toEqual(OK)
    },
  )

  it('refuses other encodings and what is no gzip, and keeps what there was (LKP-02)', async () => {
    const project = await projectWith()
    await replace(project, 'id,a\n1,x\n')
    expect(await replace(project, 'id,a\n', { 'content-encoding': 'br' })).toEqual(
      bad('Content-Encoding must be gzip or identity'),
    )
    expect(await replace(project, 'id,a\n', { 'content-encoding': 'gzip' })).toEqual(
      bad('the request body is no valid gzip'),
    )
    const half = gzipSync(`id,a\n${'1,x\n'.repeat(1_000)}`).subarray(0, 30)
    expect(await replace(project, half, { 'content-encoding': 'gzip' })).toEqual(
      bad('the request body is no valid gzip'),
    )
    expect((await show(project)).row_count).toBe(1)
  })

  it.each(['nobody', 'ACCOUNTS', "o'x", 'a%00b', 'x'.repeat(255)])(
    'id %.20s is 404 (LKP-03, CON-20)',
    async (id) => {
      const project = await projectWith()
      expect(await replace(project, 'id,a\n1,2\n', {}, encodeURIComponent(id))).toEqual([
        404,
        { code: 404, error: `Lookup table with id '${id}' was not found.`, status: 'Not Found' },
      ])
    },
  )
})

describe('CSV (LKP-04)', () => {
  it('has values of types', async () => {
    const project = await projectWith()
    const csv = [
      'id,int,float,at,yes,none,list,text,object',
      '001,42,-1.5e3,2026-01-31T12:00:00+02:00,True,,"[""a"",""b""]",Zoë,"{""a"":1}"',
    ]
    expect(await replace(project, csv.join('\r\n'))).toEqual(OK)
    expect((await show(project)).rows).toEqual([
      {
        id: '001',
        properties: {
          int: 42,
          float: -1500,
          at: '2026-01-31T10:00:00.000Z',
          yes: true,
          list: ['a', 'b'],
          text: 'Zoë',
          object: '{"a":1}',
        },
      },
    ])
  })

  it.each<[string, string, unknown]>([
    ['quotes', 'id,a\n"x ""y"", z","1\n2"\n', { id: 'x "y", z', properties: { a: '1\n2' } }],
    ['a mark of byte order', '\uFEFFid,a\nk,v\n', { id: 'k', properties: { a: 'v' } }],
    ['no line end at the end', 'id,a\nk,v', { id: 'k', properties: { a: 'v' } }],
    ['empty lines', '\nid,a\r\n\r\nk,v\n\n', { id: 'k', properties: { a: 'v' } }],
    ['U+0000', 'id,a\nk\u0000,v\u0000\n', { id: 'k\uFFFD', properties: { a: 'v\uFFFD' } }],
    [
      'a name that objects have',
      'id,__proto__\nk,v\n',
      { id: 'k', properties: JSON.parse('{"__proto__":"v"}') },
    ],
  ])('%s', async (_name, csv, row) => {
    const project = await projectWith()
    expect(await replace(project, csv)).toEqual(OK)
    expect((await show(project)).rows).toEqual([row])
  })

  it('bytes that are no UTF-8 become U+FFFD', async () => {
    const project = await projectWith()
    expect(await replace(project, Buffer.from('id,a\nk,\xff\n', 'latin1'))).toEqual(OK)
    expect((await show(project)).rows).toEqual([{ id: 'k', properties: { a: '\uFFFD' } }])
  })

  it('a header without rows is an empty table', async () => {
    const project = await projectWith()
    expect(await replace(project, 'id,a\n')).toEqual(OK)
    expect(await show(project)).toMatchObject({ columns: ['id', 'a'], row_count: 0, rows: [], next: null })
  })

  it.each([
    ['', 'the request body has no header row; the body is empty'],
    ['\n\n', 'the request body has no header row'],
    ['id\n1\n', 'invalid header: at least two columns are required'],
    ['id,a,a\n1,2,3\n', 'invalid header: column names must be unique'],
    ['id,"a', 'invalid row: extraneous or missing " in quoted-field'],
  ])('header of %j: %s', async (csv, error) => {
    const project = await projectWith()
    await replace(project, 'id,a\nold,1\n')
    expect(await replace(project, csv)).toEqual(bad(error))
    expect((await show(project)).rows).toEqual([{ id: 'old', properties: { a: 1 } }])
  })
})

describe('rows that fail (LKP-05, CON-13)', () => {
  const blank = (index: number) => ({ index, message: 'primary key is required and cannot be blank' })
  const ragged = (index: number) => ({ index, message: 'invalid row: wrong number of fields' })
  const twice = (first: number, index: number) => ({
    index,
    message: `invalid row: row indexes ${first} and ${index} have the same primary key`,
  })

  it.each([
    ['id,a\n1,x\n ,y\n2\n', [blank(2), ragged(3)]],
    ['id,a\n1,x\n1,y\n', [twice(1, 2)]],
    ['id,a\n1,x\n2,y\n1,z\n2,z\n1,z\n', [twice(1, 3), twice(2, 4), twice(1, 5)]],
    ['id,a\n1,x\n1,y\n,z\n', [blank(3), twice(1, 2)]],
    ['id,a\n1,x,more\n', [ragged(1)]],
    ['id,a\n1,x\n2,"y\n', [{ index: 2, message: 'invalid row: extraneous or missing " in quoted-field' }]],
    ['id,a\n1,x\n2,y"z"\n', [{ index: 2, message: 'invalid row: bare " in non-quoted field' }]],
    [`id,a\n${',\n'.repeat(50)}`, Array.from({ length: 10 }, (_, at) => blank(at + 1))],
    [`id,a\n${'k,\n'.repeat(50)}`, Array.from({ length: 10 }, (_, at) => twice(1, at + 2))],
  ])('%j', async (csv, failures) => {
    const project = await projectWith()
    await replace(project, 'id,a\nold,1\n')
    expect(await replace(project, csv)).toEqual(failed(...failures))
    expect(await show(project)).toMatchObject({ row_count: 1, rows: [{ id: 'old', properties: { a: 1 } }] })
  })

  it('a bad row after 100,000 good ones: nothing of them stays', async () => {
    const project = await projectWith()
    await replace(project, 'id,a\nold,1\n')
    const rows = Array.from({ length: 100_000 }, (_, at) => `${at},x\n`).join('')
    expect(await replace(project, `id,a\n${rows}7,x\n`)).toEqual(failed(twice(8, 100_001)))
    expect((await show(project)).rows).toEqual([{ id: 'old', properties: { a: 1 } }])
    expect(await storedRows(project)).toBe(1)
  })
})

async function storedRows(project: TestProject): Promise<number> {
  const { rows } = await server.db.pool.query<{ n: number }>(
    'select count(*)::integer as n from lookup_row where project_id = $1',
    [project.records_id],
  )
  return rows[0]?.n ?? -1
}

describe('limits (LKP-06)', () => {
  const tooLarge = (what: string) => [
    413,
    { code: 413, error: `request exceeds max limit of ${what}`, status: 'Request Entity Too Large' },
  ]

  it('100 MB uncompressed', { timeout: 120_000 }, async () => {
    const project = await projectWith()
    await replace(project, 'id,a\nold,1\n')
    const line = `k,${'x'.repeat(1_021)}\n`
    const csv = Buffer.alloc(104_857_600 + 1, line)
    expect(await replace(project, csv)).toEqual(tooLarge('104857600 bytes'))
    const bomb = { 'content-encoding': 'gzip' }
    expect(await replace(project, gzipSync(csv), bomb)).toEqual(tooLarge('104857600 bytes'))
    expect((await show(project)).rows).toEqual([{ id: 'old', properties: { a: 1 } }])
  })

  it('5,000,000 rows of a project', async () => {
    const project = await projectWith()
    await make(project, { name: 'Others', id: 'others' })
    // What another table has is counted, not read.
    await server.db.pool.query(
      `update lookup_table set row_count = 4999998 where project_id = $1 and id = 'others'`,
      [project.records_id],
    )
    expect(await replace(project, 'id,a\n1,x\n2,x\n3,x\n')).toEqual(tooLarge('5000000 rows'))
    expect((await show(project)).row_count).toBe(0)
    expect(await replace(project, 'id,a\n1,x\n2,x\n')).toEqual(OK)
    expect(await replace(project, 'id,a\n3,x\n4,x\n')).toEqual(OK)
  })

  it('no limit of calls, unless it is set; then so many in any 24 hours (RTL-04, RTL-07)', async () => {
    const [free, limited] = [await projectWith(), await projectWith({ lookup_replacements_per_day: 3 })]
    const again = () => replace(limited, 'id,a\n1,x\n')
    for (let at = 0; at < 5; at++) expect(await replace(free, 'id,a\n1,x\n')).toEqual(OK)
    expect(await again()).toEqual(OK)
    server.clock.nowMs += 12 * 3_600_000
    // What is refused is a call too.
    expect((await replace(limited, ''))[0]).toBe(400)
    expect(await again()).toEqual(OK)
    const refused = await server.send({
      method: 'PUT',
      url: `/lookup-tables/accounts?project_id=${limited.project_id}`,
      headers: credentials.secret(limited),
      payload: 'id,a\n2,x\n',
    })
    expect([refused.statusCode, refused.json()]).toEqual([
      429,
      {
        code: 429,
        error: 'Project exceeded rate limits. Please retry the request with exponential backoff.',
        status: 'Too Many Requests',
      },
    ])
    expect(refused.headers['retry-after']).toMatch(/^\d+$/)
    expect(refused.headers['twinpanel-verdict']).toBe('1; limit.rate')
    expect((await show(limited)).rows).toEqual([{ id: '1', properties: { a: 'x' } }])
    server.clock.nowMs += 24 * 3_600_000
    expect(await again()).toEqual(OK)
  })
})

describe('our own API', () => {
  it('makes a table, with an id of its own (LKP-03)', async () => {
    const project = await server.createProject()
    const answer = await make(project, { name: 'Zoë' })
    expect([answer.statusCode, answer.json()]).toEqual([
      201,
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: 'Zoë',
        columns: [],
        row_count: 0,
        replaced_at: null,
      },
    ])
    const listed = await server.send({ url: twinUrl(project), headers: ADMIN })
    expect(listed.json()).toEqual({ lookup_tables: [answer.json()] })
    expect((await make(project, { name: 'Again', id: answer.json().id })).statusCode).toBe(409)
  })

  it.each([
    [{}],
    [{ name: '' }],
    [{ name: 'a', id: '' }],
    [{ name: 'a', id: 'a/b' }],
    [{ name: 'a\u0000' }],
    [{ name: 1 }],
  ])('refuses %j (LKP-03)', async (body) => {
    const project = await server.createProject()
    const answer = await make(project, body)
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  it('an unknown project or table is 404 (LKP-03)', async () => {
    const project = await server.createProject()
    const urls = [twinUrl(project, '/none'), '/_twin/projects/none/lookup-tables']
    for (const url of urls) expect((await server.send({ url, headers: ADMIN })).statusCode).toBe(404)
    const gone = await server.send({ method: 'DELETE', url: twinUrl(project, '/none'), headers: ADMIN })
    expect(gone.statusCode).toBe(404)
  })

  it('reads the rows page by page, and not of two contents (LKP-08)', async () => {
    const project = await projectWith()
    const csv = (value: string) =>
      `id,a\n${Array.from({ length: 5 }, (_, at) => `k${at},${value}\n`).join('')}`
    await replace(project, csv('x'))
    const ids: string[] = []
    for (let after: string | null = ''; after !== null; ) {
      const page: Shown = await show(project, `?limit=2${after === '' ? '' : `&after=${after}`}`)
      expect(page.rows.length).toBeLessThanOrEqual(2)
      ids.push(...page.rows.map((row) => row.id))
      after = page.next
    }
    expect(ids).toEqual(['k0', 'k1', 'k2', 'k3', 'k4'])
    const { next } = await show(project, '?limit=2')
    await replace(project, csv('y'))
    const late = await server.send({ url: twinUrl(project, `/accounts?after=${next}`), headers: ADMIN })
    expect(late.statusCode).toBe(409)
    const wrong = await server.send({ url: twinUrl(project, '/accounts?after=x'), headers: ADMIN })
    expect(wrong.statusCode).toBe(400)
  })

  it('events are stored as sent, whatever a table says of their values (LKP-08)', async () => {
    const project = await projectWith()
    await replace(project, 'id,plan\nu,paid\n')
    const properties = { token: project.token, distinct_id: 'u', accounts: 'u' }
    await server.send(trackJson([{ event: 'E', properties }]))
    const [event] = await server.readEvents(project.project_id)
    expect(event?.properties).toMatchObject({ accounts: 'u' })
    expect(event?.properties).not.toHaveProperty('plan')
  })

  it('deletes a table with its rows (LKP-03)', async () => {
    const project = await projectWith()
    await make(project, { name: 'Other', id: 'other' })
    await replace(project, 'id,a\n1,x\n')
    await replace(project, 'id,a\n1,x\n', {}, 'other')
    const url = twinUrl(project, '/accounts')
    expect((await server.send({ method: 'DELETE', url, headers: ADMIN })).statusCode).toBe(204)
    expect((await server.send({ url, headers: ADMIN })).statusCode).toBe(404)
    expect((await show(project, '', 'other')).row_count).toBe(1)
    expect(await storedRows(project)).toBe(1)
  })

  it.each([
    ['POST', '/reset', 204],
    ['DELETE', '', 204],
  ] as const)(
    '%s %s of a project takes its tables along, and no other (LKP-03)',
    async (method, path, status) => {
      const [project, other] = [await projectWith(), await projectWith()]
      await replace(project, 'id,a\n1,x\n')
      await replace(other, 'id,a\n1,x\n')
      const url = `/_twin/projects/${project.project_id}${path}`
      expect((await server.send({ method, url, headers: ADMIN })).statusCode).toBe(status)
      // They are deleted after the answer.
      await expect.poll(() => storedRows(project)).toBe(0)
      const text = 'select id from lookup_table where project_id = $1'
      await expect.poll(async () => (await server.db.pool.query(text, [project.records_id])).rows).toEqual([])
      expect((await show(other)).row_count).toBe(1)
    },
  )
})
