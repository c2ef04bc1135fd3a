import { expect, test } from '../../../src/playwright/index.ts'
import { app, readSettings } from './settings.ts'

// A browser that Playwright has not launched: what it sends is routed.
test.use({ connectOptions: { wsEndpoint: readSettings(process.env).browser } })

test('sign-up is tracked in a browser that runs already', async ({ page, project }) => {
  await page.goto(app({ batch_flush_interval_ms: 100, flags: true }))
  await page.getByRole('button').click()
  await expect(project).toHaveTracked('Signed up', { plan: 'pro' })
  await expect(project).toHaveProfile('charlie', { plan: 'pro' })
  const read = await page.evaluate("mixpanel.flags.get_variant_value('button', 'grey')")
  expect(read).toBe('grey')
})
