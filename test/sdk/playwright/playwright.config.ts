import { defineConfig } from '@playwright/test'
import type { MixpanelFixtures, MixpanelWorkerFixtures } from '../../../src/playwright/index.ts'
import { chromiumOptions } from '../support/chromium.ts'
import { readSettings } from './settings.ts'

const { site, elsewhere, output, which } = readSettings(process.env)
const { args = [], ...launchOptions } = await chromiumOptions()

/** All requests to other hosts take a proxy. */
const PROXIED = {
  name: 'proxied',
  testMatch: 'proxied.spec.ts',
  use: { proxy: { server: `http://${elsewhere}`, bypass: 'localhost' } },
}
const PROJECTS = {
  passing: [{ name: 'passing', testIgnore: ['failing.spec.ts', 'proxied.spec.ts'] }, PROXIED],
  failing: [{ name: 'failing', testMatch: 'failing.spec.ts' }],
  alone: [PROXIED],
}

export default defineConfig<MixpanelFixtures, MixpanelWorkerFixtures>({
  outputDir: output,
  fullyParallel: true,
  workers: 2,
  ...(which === 'failing' && { globalSetup: '../../../src/fixtures/setup.ts' }),
  projects: PROJECTS[which],
  use: {
    baseURL: site,
    launchOptions: {
      ...launchOptions,
      // Requests to any other host end at a server that counts them.
      args: [...args, `--host-resolver-rules=MAP * ${elsewhere},EXCLUDE localhost,EXCLUDE 127.0.0.1`],
    },
  },
})
