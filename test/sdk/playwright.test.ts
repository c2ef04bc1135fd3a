import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { type BrowserServer, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTestDirectory } from '../support/postgres.ts'
import { type SpecSettings, writeSettings } from './playwright/settings.ts'
import { type Shop, startShop } from './playwright/shop.ts'
import { chromiumOptions } from './support/chromium.ts'
import { type SdkServer, startSdkServer } from './support/sdk-server.ts'

/*
 * The fixture for Playwright, as its users have it: `playwright test` on the specs of an app with the real SDK in it,
 * which keeps its real token, and in which nothing knows of Twinpanel. A server that counts requests stands for all
 * other hosts, so that nothing can get to Mixpanel unseen.
 */

const PLAYWRIGHT = fileURLToPath(new URL('../../node_modules/@playwright/test/cli.js', import.meta.url))
const CONFIG = fileURLToPath(new URL('playwright/playwright.config.ts', import.meta.url))
/** For a machine that is busy. */
const RUN_TIMEOUT_MS = 300_000

/** A test as the JSON reporter of Playwright prints it. */
interface Spec {
  readonly title: string
  readonly tests: readonly {
    readonly annotations: readonly { readonly type: string; readonly description?: string }[]
    readonly results: readonly {
      readonly status: string
      readonly errors: readonly { readonly message: string }[]
      readonly attachments: readonly { readonly name: string; readonly body?: string }[]
    }[]
  }[]
}

interface Suite {
  readonly specs: readonly Spec[]
  readonly suites?: readonly Suite[]
}

const directory = makeTestDirectory()
/** The hosts that were asked beside those of the app and of Mixpanel. */
const elsewhere: string[] = []
let server: SdkServer
let shop: Shop
let other: Server
let browser: BrowserServer

beforeAll(async () => {
  server = await startSdkServer()
  shop = await startShop()
  browser = await chromium.launchServer(await chromiumOptions())
  other = createServer(({ headers }, response) => {
    elsewhere.push(headers.host ?? '')
    response.setHeader('access-control-allow-origin', '*').end('elsewhere')
  })
  other.on('clientError', (error, socket) => {
    elsewhere.push(String(error))
    socket.destroy()
  })
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
})
afterAll(async () => {
  await browser?.close()
  other?.closeAllConnections()
  other?.close()
  shop?.close()
  await server?.close()
  await rm(directory, { recursive: true, force: true })
})

/** Runs `playwright test` on some of the specs. Out: the specs. */
async function runSpecs(which: SpecSettings['which'], env: object): Promise<readonly Spec[]> {
  const { port } = other.address() as AddressInfo
  const settings = writeSettings({
    site: shop.url,
    elsewhere: `127.0.0.1:${port}`,
    output: join(directory, which),
    browser: browser.wsEndpoint(),
    which,
  })
  const args = [PLAYWRIGHT, 'test', '-c', CONFIG, '--reporter=json']
  // Vitest's own variables would make it a test of Vitest's.
  const { NODE_OPTIONS: _, VITEST: __, ...own } = process.env
  const stdout = await new Promise<string>((ended) => {
    const options = { env: { ...own, ...settings, ...env }, timeout: RUN_TIMEOUT_MS, maxBuffer: 1e8 }
    execFile(process.execPath, args, options, (_error, out) => ended(out))
  })
  const report: { readonly suites: readonly Suite[]; readonly errors: readonly object[] } = JSON.parse(stdout)
  expect(report.errors).toEqual([])
  return report.suites.flatMap(specsOf)
}

function specsOf({ specs, suites = [] }: Suite): readonly Spec[] {
  return [...specs, ...suites.flatMap(specsOf)]
}

/** What the run of a spec ended with. */
function resultOf({ title, tests: [test] }: Spec) {
  const [result] = test?.results ?? []
  const attached = result?.attachments.find(({ name }) => name === 'mixpanel.json')
  return {
    title,
    status: result?.status,
    error: result?.errors[0]?.message,
    links: test?.annotations.filter(({ type }) => type === 'twinpanel').map(({ description }) => description),
    tracked: JSON.parse(Buffer.from(attached?.body ?? '', 'base64').toString() || '{}'),
  }
}

describe('with the fixture for Playwright', () => {
  it(
    'an app with its real token is tracked in a project per test, and nothing gets to Mixpanel',
    async () => {
      const specs = await runSpecs('passing', { TWINPANEL_URL: server.url })
      const results = specs.map(resultOf).map(({ title, status, error }) => ({ title, status, error }))
      expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
      expect(specs.length).toBeGreaterThan(35)
      // Specs ask for these.
      expect(elsewhere.sort()).toEqual(['elsewhere.example', 'proxied.example'])
      const { projects } = (await server.inject({ url: '/_twin/projects' })).json()
      expect(projects).toEqual([])
    },
    RUN_TIMEOUT_MS,
  )

  it(
    'a failing test shows what differs and attaches what was tracked, with a server for all workers and a system proxy',
    async () => {
      const { port } = other.address() as AddressInfo
      const proxy = `http://127.0.0.1:${port}`
      const system = { http_proxy: proxy, https_proxy: proxy, no_proxy: 'localhost' }
      const before = elsewhere.length
      const specs = await runSpecs('failing', { TWINPANEL_URL: '', ...system })
      expect(elsewhere).toHaveLength(before)
      const [another, after, proxied] = specs.map(resultOf)
      const link = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/_twin\/#\/p\/[0-9a-f]{32}\/live$/)
      expect(another).toMatchObject({ title: 'another plan is expected', status: 'failed', links: [link] })
      expect(
        stripVTControlCharacters(another?.error ?? '')
          .split('\n')
          .slice(0, 5),
      ).toEqual([
        'Error: Expected 1 event "Signed up" with {"plan":"free"} within 100 ms, got none.',
        'Nearest: "Signed up" of "charlie"',
        '  - plan: "free"',
        '  + plan: "pro"',
        `See ${another?.links?.[0]}`,
      ])
      expect(proxied?.error).toContain(
        'Set it in playwright.config.ts, or add its bypass: "mixpanel.com,*.mix',
      )
      expect(after).toMatchObject({
        status: 'failed',
        error: expect.stringContaining('Something else'),
        links: [link],
        tracked: {
          page: after?.links?.[0],
          events: expect.arrayContaining([expect.objectContaining({ event: 'Signed up' })]),
          users: [expect.objectContaining({ distinct_id: 'charlie' })],
          verdicts: expect.any(Array),
          requests: expect.arrayContaining([
            {
              method: 'POST',
              url: expect.stringMatching(/^https:\/\/api-js\.mixpanel\.com\/engage/),
              status: 200,
            },
            { method: 'GET', url: 'https://api.mixpanel.com/nowhere', status: 404 },
          ]),
        },
      })
    },
    RUN_TIMEOUT_MS,
  )

  it(
    'a worker starts a server of its own where there is none',
    async () => {
      const specs = await runSpecs('alone', { TWINPANEL_URL: '' })
      expect(specs.map(resultOf)).toMatchObject([{ status: 'passed' }])
    },
    RUN_TIMEOUT_MS,
  )
})
