import { randomUUID } from 'node:crypto'
import type { Config, OverridedMixpanel, RequestOptions } from 'mixpanel-browser'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { type ExportedEvent, line } from './project.ts'
import type { SdkServer, SeenRequest } from './sdk-server.ts'
import type { Site } from './site.ts'

/** The SDK, in the page. */
declare const mixpanel: OverridedMixpanel

/** What the SDK says it sends of an event. */
export interface SentEvent {
  readonly event: string
  readonly properties: Readonly<Record<string, unknown>>
}

/** An event that was tracked, and what the SDK gave the callback. */
interface Tracked {
  readonly sent: SentEvent
  readonly answer: unknown
}

/** A request as the browser sent it. */
interface WireRequest {
  readonly method: string
  readonly body: string
}

/** An open page with the SDK initialised. Closed when the test ends, which fails if the page complained. */
export interface SdkPage {
  readonly page: Page
  /** The page's requests to the server, as the browser shows them: no preflights, and no beacons at the end. */
  readonly wire: readonly WireRequest[]
  /** The page's requests, as the server saw them. */
  readonly requests: () => readonly SeenRequest[]
  /** Tracks an event and waits for the callback. */
  readonly track: (event: string, properties?: object, options?: RequestOptions) => Promise<Tracked>
  /** Tracks an event where there is no callback to wait for. */
  readonly send: (event: string, properties?: object) => Promise<SentEvent>
}

/** Which page to open, and how its SDK is configured. */
export interface Visit {
  readonly site: Site
  readonly server: SdkServer
  readonly token: string
  readonly config?: Partial<Config>
  /** Which page of the site; its first one, where none is given. */
  readonly path?: string
  /** What the page may complain of: nothing, unless it is given. */
  readonly mayComplain?: RegExp
  /** The browser's memory; a new one where none is given. */
  readonly context?: BrowserContext
}

/** Opens the site in the browser and initialises the SDK, nothing of its defaults changed but `config`. */
export async function visit(browser: Browser, options: Visit): Promise<SdkPage> {
  const { site, server, token } = options
  const context = options.context ?? (await newContext(browser))
  const page = await context.newPage()
  expectNoComplaints(page, options.mayComplain)
  const wire: WireRequest[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) return
    wire.push({ method: request.method(), body: request.postData() ?? '' })
  })
  await page.goto(site.url + (options.path ?? ''))
  const name = randomUUID()
  // The mark tells this page's requests from those of others.
  const config = { api_host: server.url, api_extra_query_params: { page: name }, ...options.config }
  await page.evaluate(initialise, { token, config })
  return {
    page,
    wire,
    requests: () => server.requests.filter(({ params }) => params.get('page') === name),
    track: async (event, properties, requestOptions) => {
      const tracked = await page.evaluate(trackAndWait, { event, properties, options: requestOptions })
      return { sent: JSON.parse(tracked.sent), answer: tracked.answer }
    },
    send: async (event, properties) => {
      return JSON.parse(await page.evaluate(trackOnly, { event, properties }))
    },
  }
}

/** A browser's memory, empty; forgotten when the test ends. */
export async function newContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  return context
}

/** What the SDK says on a busy machine, when one of its calls has held its lock for two seconds; it goes on by itself. */
const SLOW_LOCK = /\[lock\] Timeout waiting for mutex/

/** Fails the test if the page throws or writes an error, as it does where CORS forbids it an answer. */
export function expectNoComplaints(page: Page, allowed?: RegExp): void {
  const complaints: string[] = []
  const keep = (text: string) => {
    if (allowed?.test(text) !== true && !SLOW_LOCK.test(text)) complaints.push(text)
  }
  page.on('pageerror', (error) => keep(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') keep(message.text())
  })
  onTestFinished(() => expect(complaints).toEqual([]))
}

/** The line that an event must be in the export: as sent, plus what a batch adds to each of its events. */
export function asSent({ event, properties }: SentEvent, how: 'batched' | 'immediate'): ExportedEvent {
  const { token, time, ...stored } = properties
  const added = how === 'batched' ? { mp_sent_by_lib_version: properties['$lib_version'] } : {}
  return line(event, { ...stored, ...added, time: Math.round(Number(time) * 1_000) })
}

// What follows runs in the page.

function initialise(options: { token: string; config: Partial<Config> }): void {
  // The SDK tells its troubles to this function only; thrown, they count as the page's.
  const report = (message: string) => {
    queueMicrotask(() => {
      throw new Error(`mixpanel: ${message}`)
    })
  }
  mixpanel.init(options.token, { error_reporter: report, ...options.config })
}

interface TrackArguments {
  readonly event: string
  readonly properties: object | undefined
  readonly options?: RequestOptions | undefined
}

async function trackAndWait({ event, properties, options }: TrackArguments) {
  let sent: unknown
  const answer = await new Promise<unknown>((answered) => {
    sent = mixpanel.track(event, properties, options, answered)
  })
  return { sent: JSON.stringify(sent), answer }
}

function trackOnly({ event, properties }: TrackArguments): string {
  const sent: unknown = mixpanel.track(event, properties)
  return JSON.stringify(sent)
}
