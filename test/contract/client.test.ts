import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, ConnectionError, createClient, TwinpanelError } from '../../src/client/client.ts'
import type { Route, RouteTree } from '../../src/client/route.ts'
import { PROJECT_ROUTES, SERVER_ROUTES } from '../../src/client/routes.ts'
import { type DocumentedOperation, type OpenApi, readDocument } from '../support/check-answers.ts'
import { collect } from '../support/collect.ts'
import { NOW_MS, NOW_S, startServer, type TestServer } from '../support/server.ts'

/* The typed client, on a real server over HTTP, and held against the document of that server. */

let server: TestServer
let document: OpenApi
let url: string
let twinpanel: Client
beforeAll(async () => {
  server = await startServer()
  document = await readDocument(server.app)
  url = await server.app.listen({ host: '127.0.0.1', port: 0 })
  twinpanel = createClient({ url })
})
afterAll(() => server.close())

/** What the client leaves out, and why. */
const NOT_COVERED: Readonly<Record<string, string>> = {
  'GET /_twin': 'the page',
  'GET /_twin/assets/{name}': 'a file of the page',
  'GET /_twin/openapi.json': 'the document itself',
  'GET /metrics': 'text for Prometheus',
  'GET /_twin/projects/{project}/export/events': 'JSON lines of any size',
  'GET /_twin/projects/{project}/export/profiles': 'JSON lines of any size',
  'GET /_twin/projects/{project}/stream': 'a stream of events, which EventSource reads',
}

interface Covered {
  /** The names that lead to the method. */
  readonly names: readonly string[]
  readonly route: Route
  readonly isOfProject: boolean
}

function routesIn(tree: RouteTree, isOfProject: boolean, names: readonly string[] = []): readonly Covered[] {
  return Object.entries(tree).flatMap(([name, node]) =>
    typeof node['operation'] === 'string'
      ? [{ names: [...names, name], route: node as Route, isOfProject }]
      : routesIn(node as RouteTree, isOfProject, [...names, name]),
  )
}

const COVERED = [...routesIn(SERVER_ROUTES, false), ...routesIn(PROJECT_ROUTES, true)]

/** As the document names an operation. */
const documentedName = ({ operation }: Route) =>
  operation.replace('users/*', 'users/{distinct_id}').replace(/:(\w+)/g, '{$1}')

function operationOf(route: Route): DocumentedOperation {
  const [method = '', path = ''] = documentedName(route).split(' ')
  const found = document.paths[path]?.[method.toLowerCase()]
  if (found === undefined) throw new Error(`${route.operation} is not in the document`)
  return found
}

const parametersOf = (route: Route, place: 'path' | 'query') =>
  (operationOf(route).parameters ?? []).filter((each) => each.in === place).map(({ name }) => name)

const exampleOf = (route: Route) =>
  Object.values(operationOf(route).requestBody?.content ?? {}).map(({ example }) => example)[0]

/** Calls a method of a client as its users do. In: the values of path parameters, and the query or the body. */
async function call(
  client: Client,
  { names, route, isOfProject }: Covered,
  values: Readonly<Record<string, string>>,
  input: unknown,
): Promise<unknown> {
  const inPath = parametersOf(route, 'path').map((name) => values[name] ?? 'x')
  const start: object = isOfProject ? client.project(inPath[0] ?? '') : client
  const method = names.reduce<unknown>((at, name) => Object(at)[name], start) as (
    ...args: readonly unknown[]
  ) => Promise<unknown>
  return await method(...(isOfProject ? inPath.slice(1) : inPath), ...(route.takes === 'none' ? [] : [input]))
}

/** An event of a project. */
const eventOf = (token: string, event: string, more: object = {}) => ({
  event,
  properties: { token, time: NOW_S, distinct_id: 'u', $insert_id: `${event}-1`, ...more },
})

async function track(...events: readonly object[]): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/track`, { method: 'POST', headers, body: JSON.stringify(events) })
  expect(await answer.text()).toBe('1')
}

describe('the client', () => {
  it('has a method for every operation of the document, but for those that no program needs', () => {
    const documented = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/_twin') || path === '/metrics')
      .flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      )
    const covered = COVERED.map(({ route }) => documentedName(route))
    expect(covered.length).toBeGreaterThan(30)
    expect([...covered, ...Object.keys(NOT_COVERED)].sort()).toEqual(documented.sort())
  })

  it('sends every documented parameter of every operation, and a body where there is one', async () => {
    for (const covered of COVERED) {
      const { route } = covered
      const sent: { readonly method: string; readonly url: URL; readonly body: unknown }[] = []
      const recording = createClient({
        url: 'http://recorder',
        fetch: async (to, { method = '', body } = {}) => {
          sent.push({ method, url: new URL(String(to)), body })
          return Response.json({ next: null })
        },
      })
      const query = parametersOf(route, 'query')
      const input = exampleOf(route) ?? Object.fromEntries(query.map((name) => [name, `of ${name}`]))
      await call(recording, covered, { project: 'p 1', distinct_id: 'a/b', id: 'i', rule: 'r' }, input)
      const [method = '', path = ''] = documentedName(route).split(' ')
      const values: Readonly<Record<string, string>> = {
        project: 'p%201',
        distinct_id: 'a%2Fb',
        id: 'i',
        rule: 'r',
      }
      expect(
        sent.map((each) => [each.method, each.url.pathname, [...each.url.searchParams], each.body]),
      ).toEqual([
        [
          method,
          path.replace(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? ''),
          query.map((name) => [name, `of ${name}`]),
          exampleOf(route) === undefined ? undefined : JSON.stringify(exampleOf(route)),
        ],
      ])
    }
  })

  it('gets the documented answer to the example of every operation', async () => {
    const project = await server.createProject()
    await track(eventOf(project.token, 'A'))
    const turnOf = ({ operation }: Route) =>
      ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'].indexOf(operation.split(' ')[0] ?? '') +
      (/\/reset$|:project$/.test(operation) ? 10 : 0)
    const values = { project: project.token, distinct_id: 'u', id: 'songs', rule: 'TRK-21' }
    for (const covered of COVERED.toSorted((a, b) => turnOf(a.route) - turnOf(b.route))) {
      const answer = await call(twinpanel, covered, values, exampleOf(covered.route))
      const { responses } = operationOf(covered.route)
      expect([covered.route.operation, answer === undefined]).toEqual([
        covered.route.operation,
        responses['204'] !== undefined,
      ])
    }
  })
})

describe('a test with the client', () => {
  it('waits for an event, reads its user, and asks for problems', async () => {
    const { token } = await twinpanel.projects.create({ name: 'Shop' })
    const project = twinpanel.project(token)
    const waiting = project.wait({
      events: ['Sign Up'],
      properties: { plan: 'pro' },
      only: true,
      settle_ms: 10,
    })
    await track(eventOf(token, 'Sign Up', { plan: 'pro', distinct_id: 'a/b ü' }))
    const {
      matched: [event],
    } = await waiting
    expect([event?.distinct_id, event?.properties['plan']]).toEqual(['a/b ü', 'pro'])
    expect((await project.users.get('a/b ü')).events.count).toBe(1)
    expect((await project.verdicts.counts({ severity: 'error,warning' })).codes).toEqual([])
    await project.reset()
    expect((await project.events()).events).toEqual([])
  })

  it('reads all pages, in order', async () => {
    const { token, project_id } = await twinpanel.projects.create()
    await track(...Array.from({ length: 5 }, (_, at) => eventOf(token, `E${at}`, { time: NOW_S - 9 + at })))
    const names = (await collect(twinpanel.project(project_id).events({ limit: 2 }))).map(
      ({ event }) => event,
    )
    expect(names).toEqual(['E0', 'E1', 'E2', 'E3', 'E4'])
    const since = twinpanel.project(token).events({ from: NOW_MS - 7_000, limit: 1 })
    expect((await collect(since)).map(({ event }) => event)).toEqual(['E3', 'E4'])
  })

  it('sets faults, the clock, the delay of merges and flags, and takes them back', async () => {
    const project = twinpanel.project((await twinpanel.projects.create()).token)
    expect(await project.faults.set([{ path: '/track', status: 503 }])).toMatchObject([
      { status: 503, fired: 0 },
    ])
    await project.faults.clear()
    expect(await project.faults.get()).toEqual([])
    expect(await project.clock.set({ offset_ms: 5_000 })).toMatchObject({ now_ms: NOW_MS + 5_000 })
    await project.clock.reset()
    expect(await project.clock.get()).toMatchObject({ offset_ms: 0 })
    expect(await project.propagation.set({ delay_ms: 7 })).toEqual({ delay_ms: 7 })
    const ruleset = { variants: [{ key: 'on', value: true }], rollout: [{ rollout_percentage: 0.5 }] }
    const { flags } = await project.flags.set({ flags: [{ key: 'new-checkout', ruleset }] })
    expect(flags).toMatchObject([
      { key: 'new-checkout', status: 'enabled', ruleset: { rollout: [{ rollout_percentage: 0.5 }] } },
    ])
    await project.flags.clear()
    expect(await project.flags.get()).toEqual({ flags: [] })
  })

  it('fails with the lines of the server when nothing comes, or too much', async () => {
    const { token } = await twinpanel.projects.create()
    const project = twinpanel.project(token)
    await track(eventOf(token, 'sign up'))
    await expect(project.wait({ event: 'Sign Up', timeout_ms: 0 })).rejects.toMatchObject({
      name: 'WaitTimeoutError',
      message: expect.stringMatching(/Sign Up.*\n/),
      nearest: [{ event: 'sign up' }],
    })
    await expect(project.wait({ event: 'sign up', exactly: 0 })).rejects.toMatchObject({
      name: 'UnexpectedEventError',
      status: 409,
      besides: [{ event: 'sign up' }],
    })
  })

  it('fails with the sentence of a refusal', async () => {
    const error = await twinpanel.projects.get('none').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TwinpanelError)
    expect(error).toMatchObject({
      status: 404,
      title: 'Not Found',
      message: 'No project has this id or token.',
    })
    const untyped: object = { order: 'sideways' }
    const { token } = await twinpanel.projects.create()
    await expect(twinpanel.project(token).events(untyped)).rejects.toThrow('order must be oldest or newest.')
  })

  it('needs the admin token where the server has one', async () => {
    const adminToken = 'an admin token of the tests'.replaceAll(' ', '-')
    const guarded = await startServer({ adminToken })
    const at = await guarded.app.listen({ host: '127.0.0.1', port: 0 })
    expect(await createClient({ url: at, adminToken }).projects.list()).toEqual({ projects: [], next: null })
    await expect(createClient({ url: at }).projects.list()).rejects.toMatchObject({ status: 401 })
    await guarded.close()
  })

  it('stops to wait when it is aborted, with the reason', async () => {
    const project = twinpanel.project((await twinpanel.projects.create()).token)
    const reason = new Error('enough')
    const aborting = new AbortController()
    const waiting = project.wait({ event: 'never' }, { signal: aborting.signal })
    aborting.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(project.reset({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('is told which URL does not answer, and how to start a server', async () => {
    const port = await freePort()
    const error = await createClient({ url: `http://127.0.0.1:${port}/` })
      .ready()
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({
      message: `No answer from http://127.0.0.1:${port} (ECONNREFUSED). If no server runs there, start one: npx twinpanel`,
    })
  })
})

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
  const address = listener.address()
  await new Promise((done) => listener.close(done))
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}
