import { expect, test } from '../../../src/playwright/index.ts'
import { app } from './settings.ts'

test('sign-up is tracked where requests take a proxy', async ({ page, project }) => {
  await page.goto(app({ batch_flush_interval_ms: 100 }))
  await page.getByRole('button').click()
  await expect(project).toHaveTracked('Signed up', { plan: 'pro' })
  const body = await page.evaluate("fetch('http://proxied.example/').then((answer) => answer.text())")
  expect(body).toBe('elsewhere')
})
