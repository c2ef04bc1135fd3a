import type { Page } from '@playwright/test'
import { expect, test } from '../../../src/playwright/index.ts'
import { app } from './settings.ts'

test('sign-up is tracked with the defaults of the SDK', async ({ page, project }) => {
  await page.goto('/')
  await page.getByRole('button').click()
  await expect(project).toHaveTracked('Signed up', { plan: 'pro' }, { by: 'charlie' })
  await expect(project).toHaveTracked('Viewed', {}, { by: 'charlie' })
  await expect(project).toHaveProfile('charlie', { plan: 'pro' })
  await expect(project).toHaveNoProblems()
})

test('a test need not wait for what the SDK holds back', async ({ page, project }) => {
  await page.clock.install()
  await page.goto('/')
  await page.getByRole('button').click()
  await page.clock.fastForward(5_000)
  await expect(project).toHaveTracked('Signed up', { plan: 'pro' }, { timeout: 2_000 })
})

for (const [what, end] of [
  ['left', (page: Page) => page.getByRole('link').click()],
  ['closed', (page: Page) => page.close()],
] as const) {
  test(`what the SDK keeps back is tracked when the page is ${what}`, async ({ page, project }) => {
    await page.goto('/')
    await page.getByRole('button').click()
    await page.waitForFunction("JSON.stringify(localStorage).includes('Signed up')")
    await end(page)
    await expect(project).toHaveTracked('Signed up', { plan: 'pro' }, { by: 'charlie', timeout: 2_000 })
  })
}

for (const [name, config] of [
  ['beacons', { api_transport: 'sendBeacon' }],
  ['single requests', { batch_requests: false }],
  ['GET', { batch_requests: false, api_method: 'GET' }],
  ['base64', { api_payload_format: 'base64' }],
  ['an explicit host', { api_host: 'https://api-js.mixpanel.com', persistence: 'localStorage' }],
  ['the host of the EU', { api_host: 'https://api-eu.mixpanel.com' }],
  ['plain HTTP', { api_host: 'http://api.mixpanel.com' }],
] as const) {
  test(`an SDK with ${name} is tracked`, async ({ page, project }) => {
    await page.goto(app({ batch_flush_interval_ms: 100, ...config }))
    await page.getByRole('button').click()
    await expect(project).toHaveTracked('Signed up', { plan: 'pro' })
    await expect(project).toHaveProfile('charlie', { plan: 'pro' })
  })
}

test('feature flags are those of the project', async ({ page, project }) => {
  const ruleset = { variants: [{ key: 'b', value: 'green' }], rollout: [{ rollout_percentage: 1 }] }
  await project.flags.set({ flags: [{ key: 'button', ruleset }] })
  await page.goto(app({ flags: true }))
  const value = await page.evaluate("mixpanel.flags.get_variant_value('button', 'grey')")
  expect(value).toBe('green')
})

test.describe('a project in the original system', () => {
  test.use({ mixpanel: { id_management: 'original', timezone: 'Europe/Berlin' } })

  test('has its options', async ({ project, page, server }) => {
    expect(await server.client.projects.get(project.token)).toMatchObject({
      id_management: 'original',
      timezone: 'Europe/Berlin',
    })
    await page.goto(app({ batch_flush_interval_ms: 100 }))
    await page.getByRole('button').click()
    await expect(project).toHaveTracked('$identify')
  })
})
