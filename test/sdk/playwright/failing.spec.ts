import { expect, test } from '../../../src/playwright/index.ts'
import { app } from './settings.ts'

test('another plan is expected', async ({ page, project }) => {
  await page.goto(app({ batch_flush_interval_ms: 20 }))
  await page.getByRole('button').click()
  await expect(project).toHaveTracked('Signed up')
  await expect(project).toHaveTracked('Signed up', { plan: 'free' }, { timeout: 100 })
})

test('an error after a path that is not served', async ({ page, project }) => {
  await page.goto(app({ batch_flush_interval_ms: 20 }))
  await page.getByRole('button').click()
  await expect(project).toHaveProfile('charlie', { plan: 'pro' })
  // What is attached is what has come by then.
  await expect(project).toHaveTracked('Signed up')
  await page.evaluate("fetch('https://api.mixpanel.com/nowhere')")
  throw new Error('Something else')
})

test.describe('a proxy that is not in the configuration', () => {
  test.use({ proxy: { server: 'http://127.0.0.1:9' } })

  test('is refused before anything is sent', async ({ page }) => {
    await page.goto('/')
  })
})
