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

/** With `TEST_PICTURES=1`, keeps a picture of the page, to be looked at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (process.env['TEST_PICTURES'] === '1') await page.screenshot({ path: `${SCREENSHOTS}${name}.png` })
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** Options of axe-core: what passes is not described, which takes a third of the time. */
const AXE_OPTIONS = { resultTypes: ['violations'] }

/** Has axe-core judge the page by all of its rules, or by those named: nothing serious, nothing critical. */
export async function expectAccessible(page: Page, rules?: readonly string[]): Promise<void> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(source)
  const options = JSON.stringify(rules === undefined ? AXE_OPTIONS : { ...AXE_OPTIONS, runOnly: rules })
  const { violations } = await page.evaluate<AxeResult>(`axe.run(document, ${options})`)
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

/**
 * Judges a view on a wide screen in light and in dark, where only colours differ, and on a narrow one. `ready`: once it
 * shows all.
 */
export async function inspect(
  suite: PageSuite,
  name: string,
  hash: string,
  ready: (page: Page) => Promise<unknown>,
): Promise<void> {
  const wide = await suite.open(hash, { colorScheme: 'light', reducedMotion: 'reduce' })
  await ready(wide)
  await keepPicture(wide, `${name}-light`)
  await expectNoSidewaysScroll(wide)
  await expectAccessible(wide)
  await wide.emulateMedia({ colorScheme: 'dark' })
  await keepPicture(wide, `${name}-dark`)
  await expectAccessible(wide, ['color-contrast'])
  await wide.setViewportSize({ width: 768, height: 1024 })
  await keepPicture(wide, `${name}-tablet`)
  await expectNoSidewaysScroll(wide)
  const narrow = await suite.open(hash, { colorScheme: 'light', viewport: { width: 360, height: 740 } })
  await ready(narrow)
  await keepPicture(narrow, `${name}-narrow`)
  await expectNoSidewaysScroll(narrow)
  await expectAccessible(narrow)
}
