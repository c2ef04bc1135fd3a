import type { OverridedMixpanel } from 'mixpanel-browser'
import { expect, it, onTestFinished } from 'vitest'
import { browserSuite } from './support/browser-suite.ts'
import { createProject } from './support/project.ts'
import { asSent, newContext, type SdkPage } from './support/sdk-page.ts'
import { startSdkServer } from './support/sdk-server.ts'

/*
 * CORS, judged by a real browser: the page is of another origin than the server, and the SDK sends credentials.
 * What the browser does not let the page see, the SDK takes for a failure.
 */

/** The SDK, in the page. */
declare const mixpanel: OverridedMixpanel

const suite = browserSuite()

const SINGLES = { batch_requests: false }

it('an answer to a request with credentials can be read, cookies or not (SEC-09)', async () => {
  const { token, exported } = await createProject(suite.server)
  const context = await newContext(suite.browser)
  // With the default, cookies, the SDK's own would go to the server too: cookies know no ports.
  const config = { ...SINGLES, persistence: 'localStorage' } as const
  const sdk = await suite.visit({ token, context, config })
  const without = await sdk.track('Without a cookie')
  await context.addCookies([{ name: 'mp_optout', value: '0', url: suite.server.url }])
  const withCookie = await sdk.track('With a cookie')
  expect([without.answer, withCookie.answer]).toEqual([1, 1])
  expect(sdk.requests().map(({ headers }) => headers['cookie'])).toEqual([undefined, 'mp_optout=0'])
  expect(sdk.requests().map(({ headers }) => headers['origin'])).toEqual(Array(2).fill(suite.site.url))
  expect(await exported()).toEqual([without, withCookie].map(({ sent }) => asSent(sent, 'immediate')))
})

it('a preflight allows any header of xhr_headers (SEC-09)', async () => {
  const { token, exported } = await createProject(suite.server)
  const xhr_headers = { Authorization: 'Bearer of-a-proxy', 'X-Requested-With': 'shop', 'X-Tenant': 'a' }
  const sdk = await suite.visit({ token, config: { ...SINGLES, xhr_headers } })
  const { sent, answer } = await sdk.track('Preflighted')
  expect(answer).toBe(1)
  expect(sdk.requests().map(({ method, status }) => [method, status])).toEqual([
    ['OPTIONS', 204],
    ['POST', 200],
  ])
  expect(sdk.requests().at(-1)?.headers).toMatchObject({
    authorization: 'Bearer of-a-proxy',
    'x-tenant': 'a',
  })
  expect(await exported()).toEqual([asSent(sent, 'immediate')])
})

it('a refusal can be read too, so that the SDK is told the status and not 0 (SEC-09, TRK-25)', async () => {
  const { token, exported } = await createProject(suite.server)
  const config = { ...SINGLES, api_payload_format: 'json', verbose: true } as const
  const sdk = await suite.visit({ token, config, mayComplain: /status of 413|Bad HTTP status: 413/ })
  expect(await sdk.page.evaluate(trackTooMuch)).toMatchObject({ status: 0, httpStatusCode: 413 })
  expect(await exported()).toEqual([])
})

/** Runs in the page. Tracks an event of more than 10 MB, and returns what the SDK gives the callback. */
function trackTooMuch(): Promise<unknown> {
  const list = Array(42_000).fill('x'.repeat(255))
  return new Promise((answered) => mixpanel.track('Too much', { list }, answered))
}

it('/import, the export and our own API are closed to pages (SEC-10)', async () => {
  const { token, secret, exported } = await createProject(suite.server)
  const sdk = await suite.visit({ token, config: SINGLES, mayComplain: /CORS policy|net::ERR_FAILED/ })
  expect((await sdk.track('To be kept')).answer).toBe(1)
  const today = new Date().toISOString().slice(0, 10)
  const headers = { authorization: `Basic ${btoa(`${secret}:`)}` }
  // Both with a preflight and, as nothing of them is unusual, without.
  const tries = [
    { path: '/api/2.0/export', init: {} },
    { path: '/import', init: {} },
    { path: `/api/2.0/export?from_date=${today}&to_date=${today}`, init: { headers } },
    { path: `/import?strict=1`, init: { headers, method: 'POST', body: '[]' } },
    { path: '/_twin/projects', init: {} },
    { path: `/_twin/projects/${token}`, init: { method: 'DELETE' } },
  ]
  for (const { path, init } of tries) {
    expect(await fetchInPage(sdk, path, init)).toBe('TypeError: Failed to fetch')
  }
  expect(await exported()).toHaveLength(1)
})

/** The status that a script of the page gets, or the error. */
function fetchInPage(sdk: SdkPage, path: string, init: object): Promise<string> {
  return sdk.page.evaluate(
    async (call) => {
      try {
        return String((await fetch(call.url, call.init)).status)
      } catch (error) {
        return String(error)
      }
    },
    { url: suite.server.url + path, init },
  )
}

it('a frame of no origin, as any page can make one, fills no projects and resets none (SEC-09, DEC-05)', async () => {
  const server = await startSdkServer(undefined, { unknownTokens: 'create' })
  onTestFinished(() => server.close())
  const { token } = await createProject(server)
  const context = await newContext(suite.browser)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.goto(`${suite.site.url}/thanks`)
  // What is sent without a preflight arrives, and cannot be read; what needs leave gets none.
  expect(await page.evaluate(inSandbox(tryAll(server.url, token)))).toEqual([
    'opaque',
    'opaque',
    'TypeError',
    'TypeError',
    'TypeError',
  ])
  const projects = (await server.inject({ url: '/_twin/projects' })).json().projects
  expect(projects.map((project: { token: string }) => project.token)).toEqual([token])
  const seen = server.requests.map(({ method, path, headers, status }) => [
    method,
    path,
    headers['origin'],
    status,
  ])
  expect(seen).toEqual([
    ['POST', '/track', 'null', 200],
    ['POST', `/_twin/projects/${token}/reset`, 'null', 403],
    ['OPTIONS', `/_twin/projects/${token}`, 'null', 405],
    ['GET', '/_twin/projects', 'null', 403],
    ['GET', '/api/2.0/export', 'null', 401],
  ])
})

/** A program for a page: runs another in a frame of no origin, and gives what that tells. */
function inSandbox(program: string): string {
  return `new Promise((told) => {
    addEventListener('message', ({ data }) => told(data), { once: true })
    const frame = document.createElement('iframe')
    frame.sandbox = 'allow-scripts'
    frame.srcdoc = ${JSON.stringify(`<script>${program}</script>`)}
    document.body.append(frame)
  })`
}

/** The program: tries what could fill, reset or read a project, and tells its parent what came of each. */
function tryAll(url: string, token: string): string {
  const data = JSON.stringify([{ event: 'E', properties: { token: 'filled', distinct_id: 'u' } }])
  const post = { method: 'POST', body: data, mode: 'no-cors' }
  const tries = [
    ['/track', post],
    [`/_twin/projects/${token}/reset`, post],
    [`/_twin/projects/${token}`, { method: 'DELETE' }],
    ['/_twin/projects', {}],
    ['/api/2.0/export', {}],
  ]
  return `(async () => {
    const outcomes = []
    for (const [path, init] of ${JSON.stringify(tries)}) {
      outcomes.push(await fetch('${url}' + path, init).then(({ type }) => type, (error) => error.name))
    }
    parent.postMessage(outcomes, '*')
  })()`
}
