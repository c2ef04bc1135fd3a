import { dirname } from 'node:path'
import { test as base, type TestInfo } from '@playwright/test'
import type { NewProjectBody } from '../client/client.ts'
import type { Project } from '../fixtures/project.ts'
import { connectOnce, disconnect, type Server, START_TIMEOUT_MS } from '../fixtures/server.ts'
import { attachTracked } from './attach.ts'
import { hostsOf } from './hosts.ts'
import { amendLaunches, isPast, pastProxy, throughRelay } from './launch.ts'
import { type Relay, startRelay } from './relay.ts'
import type { Test } from './relayed-test.ts'
import { routeContext } from './route.ts'
import type { SdkSource } from './sdk-scripts.ts'

export type { NewProjectBody } from '../client/client.ts'
export type { ExpectedProperties, MatcherOptions, TrackedOptions } from '../fixtures/matchers/matchers.ts'
export type { Project } from '../fixtures/project.ts'
export type { Server } from '../fixtures/server.ts'
export { expect } from './expect.ts'
export type { SdkSource } from './sdk-scripts.ts'

/** The project of a test, and how its pages get the SDK. */
export interface MixpanelOptions extends NewProjectBody {
  /** Where scripts of cdn.mxpnl.com come from; `installed` by default. */
  readonly sdk?: SdkSource
}

/** Hosts of requests that are for Mixpanel. */
export interface RelayOptions {
  /** Hosts of your own that only serve as a proxy for Mixpanel. */
  readonly proxyHosts?: readonly string[]
}

/** What each test has. */
export interface MixpanelFixtures {
  /** The test's own project: the records of its pages go there, whichever token they name. */
  readonly project: Project
  /** Options of the project: `use: { mixpanel: { id_management: 'original' } }`. */
  readonly mixpanel: MixpanelOptions
}

/** What the tests of a worker share. */
export interface MixpanelWorkerFixtures {
  /** The server at `TWINPANEL_URL`, or one that is started for the worker. */
  readonly server: Server
  /** Options of all tests: `use: { twinpanel: { proxyHosts: ['mp.example.com'] } }`. */
  readonly twinpanel: RelayOptions
  /** How requests of the browser get to the server. */
  readonly mixpanelRelay: Relay & { readonly hosts: readonly string[]; readonly isInBrowser: boolean }
}

const IS_ROUTED =
  'Requests to Mixpanel are routed by Playwright here, which does not see those of pages that are being left or ' +
  'closed: they may get to Mixpanel. A Chromium that Playwright starts sends none.\n'

const TAKES_PROXY =
  "The proxy of test.use would get the requests to Mixpanel's hosts. Set it in playwright.config.ts"

/** Playwright's `test`, in which what pages send to Mixpanel goes to the test's own project. */
export const test = base.extend<MixpanelFixtures, MixpanelWorkerFixtures>({
  mixpanel: [{}, { option: true }],
  twinpanel: [{}, { option: true, scope: 'worker' }],
  server: [
    // Playwright reads the names of fixtures from the pattern, and takes no parameter without one.
    async ({ twinpanel: _ }, use) => {
      await use(await connectOnce())
      await disconnect()
    },
    { scope: 'worker', timeout: START_TIMEOUT_MS },
  ],
  mixpanelRelay: [
    async ({ server, twinpanel, browserName, connectOptions }, use, { config }) => {
      const hosts = hostsOf(twinpanel.proxyHosts)
      let outside: Promise<Test> | undefined
      const relay = await startRelay({
        url: server.url,
        hosts,
        outside: () => {
          outside ??= server
            .project({ name: 'Outside of tests' })
            .then((project) => relayedTest(project, {}, config))
          return outside
        },
      })
      const isInBrowser = browserName === 'chromium' && connectOptions === undefined
      if (!isInBrowser) process.stderr.write(IS_ROUTED)
      await use(Object.assign(relay, { hosts, isInBrowser }))
      await relay.stop()
    },
    { scope: 'worker' },
  ],
  playwright: [
    async ({ playwright, launchOptions, mixpanelRelay }, use) => {
      const { hosts } = mixpanelRelay
      const undo = amendLaunches(playwright.chromium, launchOptions, (options) =>
        throughRelay(options, mixpanelRelay, hosts),
      )
      await use(playwright)
      undo()
    },
    { scope: 'worker' },
  ],
  proxy: async ({ proxy, mixpanelRelay }, use) => {
    await use(proxy && pastProxy(proxy, mixpanelRelay.hosts))
  },
  context: async ({ context, mixpanelRelay }, use) => {
    if (!mixpanelRelay.isInBrowser) await routeContext(context, mixpanelRelay, mixpanelRelay.hosts)
    await use(context)
  },
  // Before the first page, and until the last one is closed.
  project: [
    async ({ server, mixpanel: { sdk, ...options }, mixpanelRelay, proxy }, use, testInfo) => {
      // That of `test.use` has replaced the fixture above.
      if (proxy !== undefined && !isPast(proxy, mixpanelRelay.hosts)) {
        throw new Error(`${TAKES_PROXY}, or add its bypass: ${JSON.stringify(mixpanelRelay.hosts.join(','))}`)
      }
      const name = testInfo.titlePath.join(' › ')
      const project = await server.project({ name, ...options })
      const relayed = relayedTest(project, { sdk }, testInfo.config)
      mixpanelRelay.test = relayed
      await use(project)
      mixpanelRelay.test = undefined
      // The project of a failed test is kept, since its report links to it.
      if (testInfo.status === testInfo.expectedStatus) await server.client.projects.delete(project.token)
      else await attachTracked(testInfo, project, relayed.requests)
    },
    { auto: true },
  ],
})

/** A test for the relay. */
function relayedTest(
  { token, secret }: Project,
  { sdk = 'installed' }: { readonly sdk?: SdkSource | undefined },
  { configFile, rootDir }: TestInfo['config'],
): Test {
  const directory = configFile === undefined ? rootDir : dirname(configFile)
  return { token, secret, sdk, directory, requests: [] }
}
