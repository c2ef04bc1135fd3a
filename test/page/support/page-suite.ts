import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { AppSettings } from '../../../src/app.ts'
import { launchChromium } from '../../sdk/support/chromium.ts'
import { type SdkServer, startSdkServer } from '../../sdk/support/sdk-server.ts'
import type { TestProject } from '../../support/server.ts'

const SCREENSHOTS = fileURLToPath(new URL('../../artefacts/page/', import.meta.url))

/** What a file of page tests works with. */
export interface PageSuite {
  readonly server: SdkServer
  readonly createProject: (body?: object) => Promise<TestProject>
  /** Sends records to /track as JSON. */
  readonly track: (records: readonly object[]) => Promise<void>
  /** Opens the page at `#…`; it must neither write an error nor ask another host. */
  readonly open: (hash?: string, options?: BrowserContextOptions) => Promise<Page>
}

/** Starts a server and a browser before the file's tests, and stops them after. */
export function pageSuite(settings: Partial<AppSettings> = {}): PageSuite {
  let server: SdkServer
  let browser: Browser
  beforeAll(async () => {
    server = await startSdkServer(undefined, settings)
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  return {
    get server() {
      return server
    },
    createProject: async (body = {}) => {
      const headers: Record<string, string> =
        settings.adminToken === undefined ? {} : { authorization: `Bearer ${settings.adminToken}` }
      const answer = await server.inject({ method: 'POST', url: '/_twin/projects', payload: body, headers })
      expect(answer.statusCode).toBe(201)
      return answer.json<TestProject>()
    },
    track: async (records) => {
      const answer = await server.inject({ method: 'POST', url: '/track', payload: records })
      expect(answer.statusCode).toBe(200)
    },
    open: (hash = '', options = {}) => open(browser, `${server.url}/_twin/${hash}`, options),
  }
}

async function open(browser: Browser, address: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  const { host } = new URL(address)
  page.on('request', (request) => {
    if (new URL(request.url()).host !== host) complaints.push(`asked ${request.url()}`)
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // What the server refuses is shown in the page; the browser notes each refusal too.
    const isRefusal = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text())
  })
  onTestFinished(() => expect(complaints).toEqual([]))
  await page.goto(address)
  return page
}

/** Keeps a picture of the page, to be looked at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png` })
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** Has axe-core judge the page: nothing serious, nothing critical. */
export async function expectAccessible(page: Page): Promise<void> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(source)
  const { violations } = await page.evaluate<AxeResult>('axe.run(document)')
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = grave.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
  )
  expect(told).toEqual([])
}

/** Holds the page to its width: it never scrolls sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const isWider = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')
  expect(isWider).toBe(false)
}

/** Pictures and judgements of a view in light, in dark, and on narrow screens. `ready`: once it shows all. */
export async function inspect(
  suite: PageSuite,
  name: string,
  hash: string,
  ready: (page: Page) => Promise<unknown>,
): Promise<void> {
  const looks: readonly (readonly [string, BrowserContextOptions])[] = [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['tablet', { colorScheme: 'dark', viewport: { width: 768, height: 1024 } }],
    ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
  ]
  for (const [look, options] of looks) {
    const page = await suite.open(hash, options)
    await ready(page)
    await keepPicture(page, `${name}-${look}`)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
  }
}
