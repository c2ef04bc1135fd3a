import { inspect } from 'node:util'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import type { AnswerOf } from '../../../src/api/routing/shape.ts'
import type { WAIT } from '../../../src/api/wait.shape.ts'
import {
  ConnectionError,
  createClient,
  type Profile,
  type StoredEvent,
  TwinpanelError,
  UnexpectedEventError,
  type Verdict,
  WaitTimeoutError,
} from '../../../src/client/client.ts'

import { collect } from '../../support/collect.ts'

/* What the client sends, and what it makes of an answer: on a fetch that records. The server is in test/contract. */

const URL_GIVEN = 'http://127.0.0.1:4100'

interface Sent {
  readonly url: string
  readonly method: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A fetch that answers with these, one after the other, and what was asked of it. */
function answering(...answers: readonly (Response | Error)[]) {
  const sent: Sent[] = []
  const fetch = (url: string | URL | Request, init: RequestInit = {}) => {
    const { method, body } = init
    sent.push({ url: String(url), method, headers: Object.fromEntries(new Headers(init.headers)), body })
    const answer = answers[sent.length - 1] ?? json({})
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
  return { sent, fetch }
}

const json = (body: object, status = 200) => Response.json(body, { status })

const problem = (status: number, more: object = {}) =>
  new Response(
    JSON.stringify({ type: 'about:blank', title: 'Title', status, detail: 'A sentence.', ...more }),
    {
      status,
      headers: { 'content-type': 'application/problem+json' },
    },
  )

/** What a call of a project on that fetch throws. */
async function thrownBy(...answers: readonly (Response | Error)[]): Promise<unknown> {
  const { fetch } = answering(...answers)
  return await createClient({ url: URL_GIVEN, fetch })
    .project('shop')
    .wait({ event: 'E' })
    .then(
      () => undefined,
      (error: unknown) => error,
    )
}

const ABSENCE = {
  message: 'Expected Sign Up.\nNearest: sign up.',
  matched: [],
  nearest: [{ event: 'sign up', differences: [] }],
  verdicts: [{ code: 'dedup.hidden_duplicate' }],
  elsewhere: [{ token: 'shop2' }],
}

describe('a request', () => {
  it('has its query encoded: booleans and numbers as text, lists and objects as JSON, undefined left out', async () => {
    const { sent, fetch } = answering()
    const project = createClient({ url: URL_GIVEN, fetch }).project('a/b ?')
    await project.wait({
      events: ['A&B', 'C'],
      properties: { plan: 'pro' },
      only: true,
      settle_ms: 5,
      distinct_id: undefined,
    })
    const { pathname, searchParams } = new URL(sent[0]?.url ?? '')
    expect(pathname).toBe('/_twin/projects/a%2Fb%20%3F/wait')
    expect(Object.fromEntries(searchParams)).toEqual({
      events: '["A&B","C"]',
      properties: '{"plan":"pro"}',
      only: 'true',
      settle_ms: '5',
    })
    expect(sent[0]).toMatchObject({ method: 'GET', headers: {}, body: undefined })
  })

  it('has its body as JSON, and the content type only with a body', async () => {
    const { sent, fetch } = answering()
    const twinpanel = createClient({ url: URL_GIVEN, fetch })
    await twinpanel.projects.update(7, { name: 'Shop' })
    await twinpanel.projects.create()
    expect(sent).toEqual([
      {
        url: `${URL_GIVEN}/_twin/projects/7`,
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"Shop"}',
      },
      { url: `${URL_GIVEN}/_twin/projects`, method: 'POST', headers: {}, body: undefined },
    ])
  })

  it.each([
    ['http://h:1/', 'http://h:1/_twin/ready'],
    ['https://h/proxied/to//?x=1#y', 'https://h/proxied/to/_twin/ready'],
    [new URL('http://[::1]:4100'), 'http://[::1]:4100/_twin/ready'],
  ])('goes below %s', async (url, expected) => {
    const { sent, fetch } = answering()
    await createClient({ url, fetch }).ready()
    expect(sent.map((each) => each.url)).toEqual([expected])
  })

  it.each([
    ['s3cret', 'Bearer s3cret'],
    ['', undefined],
    [undefined, undefined],
  ])('shows the admin token %j as %j', async (adminToken, expected) => {
    const { sent, fetch } = answering()
    await createClient({ url: URL_GIVEN, adminToken, fetch }).ready()
    expect(sent[0]?.headers['authorization']).toBe(expected)
  })

  it.each(['.', '..', ''])('is not sent for the id %j, which its URL would lose', async (id) => {
    const { sent, fetch } = answering()
    const twinpanel = createClient({ url: URL_GIVEN, fetch })
    await expect(async () => await twinpanel.project(id).faults.clear()).rejects.toThrow(TypeError)
    await expect(async () => await twinpanel.project('shop').users.get(id)).rejects.toThrow(
      JSON.stringify(id),
    )
    expect(sent).toEqual([])
  })

  it('has U+FFFD in place of a lone surrogate, as stored text', async () => {
    const { sent, fetch } = answering()
    await createClient({ url: URL_GIVEN, fetch }).project('shop').users.get('a\ud800')
    expect(sent[0]?.url).toMatch(/\/users\/a%EF%BF%BD$/)
  })

  describe('without a fetch of its own', () => {
    afterEach(() => vi.unstubAllGlobals())

    it('uses the global one at the time of the call', async () => {
      const twinpanel = createClient({ url: URL_GIVEN })
      const { sent, fetch } = answering()
      vi.stubGlobal('fetch', fetch)
      await twinpanel.ready()
      expect(sent).toHaveLength(1)
    })
  })
})

describe('createClient', () => {
  it.each(['localhost:4100', '127.0.0.1', '', 'ftp://h'])('refuses the URL %j', (url) => {
    expect(() => createClient({ url })).toThrow(`and is ${JSON.stringify(url)}`)
  })

  it.each([
    ['a password in the URL', { url: 'http://u:hunter2@h' }],
    ['a token that no header can carry', { url: URL_GIVEN, adminToken: 'hunter2\n' }],
  ])('refuses %s without showing it', (_what, options) => {
    const hidden: unknown = expect.objectContaining({ message: expect.not.stringContaining('hunter2') })
    expect(() => createClient(options)).toThrow(hidden as Error)
    expect(() => createClient(options)).toThrow(TypeError)
  })
})

describe('pages', () => {
  const page = (names: readonly string[], next: string | null) =>
    json({ events: names.map((event) => ({ event })), next })

  it('are the first one as a promise, and the items of all of them as an iterable', async () => {
    const { sent, fetch } = answering(page(['A', 'B'], 'c1'), page([], 'c2'), page(['C'], null))
    const found = createClient({ url: URL_GIVEN, fetch }).project('shop').events({ event: 'E', limit: 2 })
    expect(await found).toMatchObject({ next: 'c1' })
    expect((await collect(found)).map(({ event }) => event)).toEqual(['A', 'B', 'C'])
    expect(sent.map(({ url }) => new URL(url).search)).toEqual([
      '?event=E&limit=2',
      '?event=E&limit=2&after=c1',
      '?event=E&limit=2&after=c2',
    ])
  })

  it('are requested when they are due', async () => {
    const { sent, fetch } = answering(page(['A', 'B'], 'c1'))
    for await (const { event } of createClient({ url: URL_GIVEN, fetch }).project('shop').events()) {
      if (event === 'B') break
    }
    expect(sent).toHaveLength(1)
  })

  it('of lookup tables are rows, not columns', async () => {
    const { fetch } = answering(json({ columns: ['id'], rows: [{ id: '1', properties: {} }], next: null }))
    const rows = createClient({ url: URL_GIVEN, fetch }).project('shop').lookupTables.get('songs')
    expect(await collect(rows)).toEqual([{ id: '1', properties: {} }])
  })
})

describe('an answer', () => {
  it('that the server is not ready is no error', async () => {
    const { fetch } = answering(
      json({ status: 'not_ready', database: false, queue: true, stopping: false }, 503),
    )
    expect(await createClient({ url: URL_GIVEN, fetch }).ready()).toMatchObject({ status: 'not_ready' })
  })

  it('without a body is undefined', async () => {
    const { fetch } = answering(new Response(null, { status: 204 }))
    expect(await createClient({ url: URL_GIVEN, fetch }).project('shop').reset()).toBeUndefined()
  })

  it.each([400, 401, 404, 429, 500])('of %d throws the sentence of the server', async (status) => {
    const error = await thrownBy(problem(status))
    expect(error).toBeInstanceOf(TwinpanelError)
    expect(error).toMatchObject({
      name: 'TwinpanelError',
      message: 'A sentence.',
      status,
      title: 'Title',
      detail: 'A sentence.',
      problem: { type: 'about:blank', status },
    })
  })

  it('of 408 to a wait throws what came instead', async () => {
    const error = await thrownBy(problem(408, ABSENCE))
    expect(error).toBeInstanceOf(WaitTimeoutError)
    expect(error).toBeInstanceOf(TwinpanelError)
    expect(error).toMatchObject({ name: 'WaitTimeoutError', detail: 'A sentence.', ...ABSENCE })
  })

  it('of 409 to a wait throws what came besides', async () => {
    const excess = { message: 'Expected none.', matched: [], besides: [{ event: 'E' }] }
    const error = await thrownBy(problem(409, excess))
    expect(error).toBeInstanceOf(UnexpectedEventError)
    expect(error).toMatchObject({ name: 'UnexpectedEventError', status: 409, ...excess })
  })

  it('is printed as its message and its stack, without what came with it', async () => {
    const error = await thrownBy(problem(408, ABSENCE))
    expect(Object.keys(Object(error))).toEqual([])
    expect(inspect(error)).toMatch(/^WaitTimeoutError: Expected Sign Up\.\nNearest: sign up\.\n +at /)
    expect(inspect(error)).not.toContain('hidden_duplicate')
  })

  it.each([
    [
      'a page',
      new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
      '200 with text/html',
    ],
    [
      'a page of a proxy',
      new Response('Bad gateway', { status: 502, headers: { 'content-type': 'text/html' } }),
      '502 with text/html',
    ],
    ['other JSON', json({ error: 'no' }, 404), '404 with application/json'],
  ])('that is %s throws which server has answered', async (_what, answer, expected) => {
    const error = await thrownBy(answer)
    expect(error).toBeInstanceOf(TwinpanelError)
    expect(error).toMatchObject({
      message: `${URL_GIVEN} answered ${expected}, not as Twinpanel does. Is it the address of a Twinpanel server?`,
    })
  })

  it.each([
    [
      'of Node',
      new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
      'ECONNREFUSED',
    ],
    ['of a browser', new TypeError('Failed to fetch'), 'Failed to fetch'],
  ])(
    'that does not come throws the URL, the reason %s, and how to start a server',
    async (_what, cause, why) => {
      const error = await thrownBy(cause)
      expect(error).toBeInstanceOf(ConnectionError)
      expect(error).toMatchObject({
        name: 'ConnectionError',
        status: 0,
        cause,
        message: `No answer from ${URL_GIVEN} (${why}). If no server runs there, start one: npx twinpanel`,
      })
    },
  )
})

describe('types', () => {
  const { fetch } = answering()
  const twinpanel = createClient({ url: URL_GIVEN, fetch })
  const project = twinpanel.project('shop')

  it('of what a wait returns follow from what it waits for', () => {
    type Matched<W extends (...args: never) => unknown> = Awaited<ReturnType<W>>
    expectTypeOf(() => project.wait({ event: 'E' })).returns.resolves.toEqualTypeOf<{
      readonly matched: readonly StoredEvent[]
    }>()
    expectTypeOf(() => project.wait({ code: 'c' })).returns.resolves.toEqualTypeOf<{
      readonly matched: readonly Verdict[]
    }>()
    expectTypeOf(() => project.wait({ profile: 'u' })).returns.resolves.toEqualTypeOf<{
      readonly matched: readonly Profile[]
    }>()
    expectTypeOf<AnswerOf<typeof WAIT>['matched'][number]>().toEqualTypeOf<StoredEvent | Verdict | Profile>()
    expectTypeOf<Matched<typeof project.clock.get>>().toEqualTypeOf<{
      readonly now: string
      readonly now_ms: number
      readonly offset_ms: number
    }>()
  })

  it('refuse what the server refuses', () => {
    // @ts-expect-error: a mistyped parameter
    const mistyped = () => project.wait({ evnt: 'E' })
    // @ts-expect-error: a value that is none of the choices
    const unknownChoice = () => project.events({ order: 'sideways' })
    // @ts-expect-error: a body that is missing
    const noBody = () => project.propagation.set()
    // @ts-expect-error: an unknown setting
    const noSetting = () => twinpanel.projects.update('shop', { settings: { retention: 1 } })
    // @ts-expect-error: a route without parameters
    const noParameters = () => project.clock.get({ now: 1 })
    expect([mistyped, unknownChoice, noBody, noSetting, noParameters]).toHaveLength(5)
  })
})
