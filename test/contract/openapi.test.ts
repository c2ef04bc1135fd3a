import { Validator } from '@seriousme/openapi-schema-validator'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIXPANEL_OPERATIONS } from '../../src/api/openapi/mixpanel.ts'
import {
  checkAnswers,
  type DocumentedOperation,
  type OpenApi,
  readDocument,
} from '../support/check-answers.ts'
import {
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * The document at /_twin/openapi.json: it is valid, has every route, and says what is so. That last holds in every
 * other test too: the test server holds each answer of /_twin against it.
 */

let server: TestServer
let document: OpenApi
beforeAll(async () => {
  server = await startServer()
  document = await readDocument(server.app)
})
afterAll(() => server.close())

interface Place {
  readonly path: string
  readonly method: string
  readonly operation: DocumentedOperation
}

/** Every operation of a document; of our own API unless others are asked for too. */
function placesIn({ paths }: OpenApi, isOurs = true): readonly Place[] {
  return Object.entries(paths)
    .filter(([path]) => !isOurs || path.startsWith('/_twin') || path === '/metrics')
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    )
}

const nameOf = ({ method, path }: Place) => `${method} ${path}`

/** What routers print of the routes of an app, as `GET /path`. */
function printedRoutes(printed: string): readonly string[] {
  const parents: string[] = []
  return printed.split('\n').flatMap((line) => {
    const [, lead = '', own = '', methods = ''] = /^([│ ]*[├└]── )(\S+) \((.*)\)$/.exec(line) ?? []
    if (own === '') return []
    const depth = lead.length / 4 - 1
    parents.splice(depth, parents.length, own)
    const path = parents.join('').replace(/users\*$/, 'users/*')
    return methods.split(', ').map((method) => `${method} ${path}`)
  })
}

const templateOf = (route: string) =>
  route.replace('users/*', 'users/{distinct_id}').replace(/:(\w+)/g, '{$1}')

describe('GET /_twin/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    expect(await new Validator().validate(structuredClone({ ...document }))).toEqual({ valid: true })
    expect(document.openapi).toMatch(/^3\.1\./)
  })

  it('has every route of the server, and no other', () => {
    const routes = printedRoutes(server.app.printRoutes({ commonPrefix: false })).map(templateOf)
    expect(routes.length).toBeGreaterThan(80)
    const documented = placesIn(document, false).map(nameOf)
    expect(documented.filter((name) => !routes.includes(name))).toEqual([])
    expect(
      Object.keys(MIXPANEL_OPERATIONS)
        .map(templateOf)
        .filter((name) => !routes.includes(name)),
    ).toEqual([])
    const ours = routes.filter((route) => /^(?!HEAD)\w+ (\/_twin|\/metrics)/.test(route))
    expect(ours.filter((route) => !documented.includes(route))).toEqual([])
    const paths = routes.map((route) => route.split(' ')[1] ?? '')
    expect(paths.filter((path) => document.paths[path] === undefined)).toEqual([])
  })

  it('leaves out those methods only that are refused', async () => {
    const routes = printedRoutes(server.app.printRoutes({ commonPrefix: false })).map(templateOf)
    const documented = placesIn(document, false).map(nameOf)
    const left = routes.filter(
      (route) => /^(GET|POST|PUT|PATCH|DELETE) /.test(route) && !documented.includes(route),
    )
    expect(left.length).toBeGreaterThan(20)
    for (const route of left) {
      const [method, url] = route.split(' ') as ['GET', string]
      expect([route, (await server.app.inject({ method, url })).statusCode]).toEqual([route, 405])
    }
  })

  it.each(PUBLISHED())('has %s, on which others rely', (route) => {
    expect(placesIn(document).map(nameOf)).toContain(route)
  })

  it('says of each operation what it is', () => {
    const places = placesIn(document)
    const ids = places.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(places.length)
    for (const place of placesIn(document, false)) {
      const { summary, tags, parameters = [], requestBody, responses } = place.operation
      if (requestBody !== undefined) expect(Object.values(requestBody.content)[0]?.example).toBeDefined()
      expect([nameOf(place), summary, tags]).toEqual([
        nameOf(place),
        expect.any(String),
        [expect.any(String)],
      ])
      const named = parameters.filter((own) => own.in === 'path').map((own) => `{${own.name}}`)
      expect(named).toEqual(place.path.match(/\{\w+\}/g) ?? [])
      expect(Object.keys(responses).filter((status) => status.startsWith('2'))).not.toEqual([])
    }
  })

  it('tells refusals as problem details, and who may ask', async () => {
    const guarded = await startServer({ adminToken: 's3cret', loopbackOnly: false })
    expect((await guarded.send({ url: '/_twin/openapi.json' })).statusCode).toBe(401)
    const told = await readDocument(guarded.app, { authorization: 'Bearer s3cret' })
    await guarded.close()
    for (const [own, refusal] of [
      [document, '403'],
      [told, '401'],
    ] as const) {
      const isOpen = ({ path }: Place) => /^\/_twin(\/(health|ready|assets\/.*))?$/.test(path)
      for (const place of placesIn(own).filter((each) => !isOpen(each))) {
        const { security, responses } = place.operation
        expect(security).toEqual(own === told ? [{ adminToken: [] }] : undefined)
        expect(responses[refusal]?.content).toHaveProperty(['application/problem+json'])
        expect(responses['default']?.content).toHaveProperty(['application/problem+json'])
      }
    }
  })
})

/** The routes that tests outside of this repository rely on. */
function PUBLISHED(): readonly string[] {
  const project = '/_twin/projects/{project}'
  return [
    'GET /_twin/health',
    'GET /_twin/ready',
    'POST /_twin/projects',
    'GET /_twin/projects',
    `GET ${project}`,
    `PATCH ${project}`,
    `DELETE ${project}`,
    `POST ${project}/reset`,
    `GET ${project}/events`,
    `GET ${project}/users`,
    `GET ${project}/users/{distinct_id}`,
    `GET ${project}/verdicts`,
    `GET ${project}/wait`,
    `GET ${project}/stream`,
    `PUT ${project}/clock`,
    `DELETE ${project}/clock`,
    `PUT ${project}/propagation`,
    `GET ${project}/clients`,
    'GET /metrics',
    'POST /_twin/explain',
    'GET /_twin/verdicts',
    'GET /_twin/faults',
    'PUT /_twin/faults',
    'DELETE /_twin/faults',
    'GET /_twin',
  ]
}

/** A project with one of everything. */
async function makeFullProject(): Promise<TestProject> {
  const project = await server.createProject({ settings: { identify_event_delay_s: 0 } })
  const { token } = project
  const event = (name: string, own: object) => ({ event: name, properties: { token, time: NOW_S, ...own } })
  await server.send(trackJson([event('A', { $device_id: 'd', $insert_id: 'i-1' })]))
  await server.send(trackJson([event('A', { $device_id: 'd', $user_id: 'u', $insert_id: 'i-2' })]))
  await server.send(trackJson([event('$create_alias', { distinct_id: 'u', alias: 'x' })]))
  await server.send({
    method: 'POST',
    url: '/engage',
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify([{ $token: token, $distinct_id: 'u', $set: { plan: 'pro' } }]),
  })
  await server.send(importJson(token, [event('B', { distinct_id: 'u', $insert_id: 'i-3' })]))
  return project
}

/** A stream goes on for as long as somebody listens. */
const isEndless = ({ path }: Place) => path.endsWith('/stream')

/** A request of an operation, with the document's own example as its body. */
function requestOf({ method, path, operation }: Place, values: Readonly<Record<string, string | number>>) {
  const url = path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(values[name] ?? 'x'))
  const [content] = Object.values(operation.requestBody?.content ?? {})
  return {
    method: method as 'GET',
    url,
    ...(content?.example !== undefined && {
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(content.example),
    }),
  } satisfies InjectOptions
}

/** In which order operations are asked for: what makes, what reads, what removes. */
const turnOf = ({ method, path }: Place) =>
  ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'].indexOf(method) + (/\/reset$|\{project\}$/.test(path) ? 10 : 0)

describe('what no route of /_twin serves', () => {
  it.each([
    ['GET', '/_twin/evnts', 404, undefined],
    ['DELETE', '/_twin/health', 405, 'GET, HEAD'],
  ] as const)('%s %s is told as a problem', async (method, url, status, allow) => {
    const answer = await server.app.inject({ method, url })
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/problem\+json/),
    })
    expect(answer.headers.allow).toBe(allow)
    expect(answer.json()).toMatchObject({ type: 'about:blank', status, detail: expect.stringContaining(url) })
  })
})

describe('what the document says', () => {
  it('holds for every operation: its example is taken, and its answer is as it is described', async () => {
    const { token } = await makeFullProject()
    const values = { project: token, distinct_id: 'u', id: 'songs', name: 'nothing.js', rule: 'TRK-21' }
    const places = placesIn(document)
      .filter((place) => !isEndless(place))
      .toSorted((a, b) => turnOf(a) - turnOf(b))
    for (const place of places) {
      const answer = await server.send(requestOf(place, values))
      const expected = place.path.includes('/assets/') ? [404] : [200, 201, 204, 503]
      expect([nameOf(place), answer.statusCode, answer.body]).toEqual([
        nameOf(place),
        expect.toSatisfy((status: number) => expected.includes(status)),
        answer.body,
      ])
    }
  })

  it('holds for every query parameter: what its schema takes is taken, and nothing else', async () => {
    const { token } = await makeFullProject()
    const asked: string[] = []
    for (const place of placesIn(document)) {
      for (const { name, schema, in: where } of place.operation.parameters ?? []) {
        if (where !== 'query') continue
        const { url } = requestOf(place, { project: token, distinct_id: 'u', id: 'none' })
        const { good, bad } = valuesOf(resolved(schema))
        const rest = name === 'timeout_ms' || !place.path.endsWith('/wait') ? '' : '&timeout_ms=0'
        const ask = async (value: string | number) =>
          (await server.send({ url: `${url}?${name}=${encodeURIComponent(value)}${rest}` })).statusCode
        for (const value of isEndless(place) ? [] : good)
          expect([name, value, await ask(value)]).not.toEqual([name, value, 400])
        for (const value of bad) expect([name, value, await ask(value)]).toEqual([name, value, 400])
        asked.push(name)
      }
    }
    expect([...new Set(asked)].sort()).toEqual(
      expect.arrayContaining([
        'after',
        'code',
        'count',
        'distinct_id',
        'event',
        'from',
        'limit',
        'order',
        'outcome',
        'timeout_ms',
        'to',
      ]),
    )
  })

  it('holds for parameters and fields: what an operation does not have is refused, on each', async () => {
    const { token } = await makeFullProject()
    const values = { project: token, distinct_id: 'u', id: 'none', rule: 'TRK-21' }
    // The page is opened by links, which may have anything behind a `?`.
    const places = placesIn(document).filter(({ path }) => !/^\/_twin(\/assets\/.*)?$/.test(path))
    expect(places.length).toBeGreaterThan(40)
    const refusalOf = async (request: InjectOptions) => {
      const answer = await server.send(request)
      return [answer.statusCode, answer.json().detail]
    }
    for (const place of places) {
      const request = requestOf(place, values)
      const refused = [400, expect.stringContaining('"nope"')]
      expect([nameOf(place), ...(await refusalOf({ ...request, url: `${request.url}?nope=1` }))]).toEqual([
        nameOf(place),
        ...refused,
      ])
      if (place.method === 'GET') continue
      const [content] = Object.values(place.operation.requestBody?.content ?? {})
      for (const payload of withStrangers(content?.example ?? {})) {
        const headers = { 'content-type': 'application/json' }
        const sent = JSON.stringify(payload)
        expect([nameOf(place), sent, ...(await refusalOf({ ...request, headers, payload: sent }))]).toEqual([
          nameOf(place),
          sent,
          ...refused,
        ])
      }
    }
  })

  it.each([
    ['an unknown field', { status: 'ok', extra: 1 }, 200],
    ['a field that is not there', {}, 200],
    ['another value', { status: 'fine' }, 200],
    ['another status', { status: 'ok' }, 202],
  ])('would be told apart from %s', async (_what, body, statusCode) => {
    const answer = await server.app.inject({ url: '/_twin/health' })
    const check = checkAnswers(document)
    expect(check({ url: '/_twin/health' }, answer)).toEqual([])
    const other = Object.assign(Object.create(answer), { statusCode, body: JSON.stringify(body) })
    expect(check({ url: '/_twin/health' }, other)).not.toEqual([])
  })
})

/** Copies of a body, each with an unknown field in another of its objects; records may have any. */
function withStrangers(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => withStrangers(item).map((other) => value.with(at, other)))
  }
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([name, own]) =>
    name === 'records' ? [] : withStrangers(own).map((other) => ({ ...value, [name]: other })),
  )
  return [{ ...value, nope: 1 }, ...inside]
}

interface ParameterSchema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

function resolved(schema: ParameterSchema): ParameterSchema {
  return document.components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema
}

/** Values at the bounds of a schema, and past them; a wait that long is not tried. */
function valuesOf(schema: ParameterSchema) {
  const { enum: choices, minimum, maximum } = schema
  if (choices !== undefined) return { good: choices.slice(0, 3), bad: ['no-such-choice', ''] }
  if (minimum === undefined || maximum === undefined) return { good: [], bad: [] }
  const good = maximum > 1_000 ? [minimum] : [minimum, maximum]
  return { good, bad: [minimum - 1, maximum + 1, 'x', ''] }
}
