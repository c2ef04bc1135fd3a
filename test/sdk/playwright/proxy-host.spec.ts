import { expect, test } from '../../../src/playwright/index.ts'
import { app } from './settings.ts'

test.use({
  twinpanel: { proxyHosts: ['mp.shop.example'] },
  // In place of those of the configuration.
  launchOptions: async ({ launchOptions }, use) => use({ ...launchOptions, args: ['--lang=de'] }),
})

test("the app's own proxy is answered, too", async ({ page, project }) => {
  await page.goto(app({ api_host: 'https://mp.shop.example', batch_flush_interval_ms: 100 }))
  await page.getByRole('button').click()
  await expect(project).toHaveTracked('Signed up', { plan: 'pro' })
})

test('a browser that the test launches itself is answered, too', async ({ playwright, baseURL, project }) => {
  const browser = await playwright.chromium.launch()
  const page = await browser.newPage()
  await page.goto(`${baseURL}${app({ batch_flush_interval_ms: 100 })}`)
  await page.getByRole('button').click()
  await expect(project).toHaveTracked('Signed up', { plan: 'pro' })
  await browser.close()
})
