import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { launchChromium } from './chromium.ts'
import { type SdkPage, type Visit, visit } from './sdk-page.ts'
import { type SdkServer, startSdkServer } from './sdk-server.ts'
import { type Site, startSite } from './site.ts'

/** What a file of browser tests works with. */
export interface BrowserSuite {
  readonly browser: Browser
  readonly server: SdkServer
  readonly site: Site
  /** Opens the site with the SDK sending to the server. */
  readonly visit: (options: Omit<Visit, 'site' | 'server'>) => Promise<SdkPage>
}

type Started = Omit<BrowserSuite, 'visit'>

/** Starts a browser, a server and a site before the file's tests, and stops what was started after them. */
export function browserSuite(): BrowserSuite {
  const stops: (() => Promise<void>)[] = []
  let started: Started | undefined
  beforeAll(async () => {
    const server = await startSdkServer()
    stops.push(server.close)
    const site = await startSite()
    stops.push(site.close)
    const browser = await launchChromium()
    stops.push(() => browser.close())
    started = { browser, server, site }
  })
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop()
  })
  const get = (): Started => {
    if (started === undefined) throw new Error('The suite works inside tests only.')
    return started
  }
  return {
    get browser() {
      return get().browser
    },
    get server() {
      return get().server
    },
    get site() {
      return get().site
    },
    visit: (options) => visit(get().browser, { ...options, ...get() }),
  }
}
