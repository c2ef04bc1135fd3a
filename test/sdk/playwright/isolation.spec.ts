import { expect, test } from '../../../src/playwright/index.ts'
import { app } from './settings.ts'

/** The SDK, in the page. */
declare const mixpanel: { track(event: string): void }
declare const open: (url: string) => void

// One app with one token, in two workers.
for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
  test(`test ${name} has its own events and no others`, async ({ page, project }) => {
    await page.goto(app({ batch_flush_interval_ms: 20 }))
    for (let n = 0; n < 5; n++) {
      await page.evaluate((event) => mixpanel.track(event), `${name}${n}`)
    }
    const own = [0, 1, 2, 3, 4].map((n) => `${name}${n}`)
    await expect(project).toHaveTrackedOnly(['Viewed', ...own])
  })
}

test('pages, popups and frames of a test share its project', async ({ page, context, project }) => {
  const address = app({ batch_flush_interval_ms: 20 })
  await page.goto(address)
  const popup = page.waitForEvent('popup')
  await page.evaluate((url) => void open(url), address)
  await (await popup).getByRole('button').click()
  await page.evaluate(`document.body.innerHTML = '<iframe src="${address}"></iframe>'`)
  await page.frameLocator('iframe').getByRole('button').click()
  const other = await context.newPage()
  await other.goto(address)
  await other.getByRole('button').click()
  await expect(project).toHaveTracked('Signed up', { plan: 'pro' }, { times: 3 })
})

test('a context that the test creates itself belongs to its project, too', async ({
  browser,
  project,
  baseURL,
}) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${baseURL}${app({ batch_flush_interval_ms: 20 })}`)
  await expect(project).toHaveTracked('Viewed')
  await context.close()
})

test.describe('a page that tests share', () => {
  test.describe.configure({ mode: 'serial' })

  for (const name of ['first', 'second']) {
    test(`has its records in the project of the ${name} test`, async ({ browser, project, baseURL }) => {
      const shared = browser.contexts()[0] ?? (await browser.newContext())
      const page = shared.pages()[0] ?? (await shared.newPage())
      if (name === 'first') await page.goto(`${baseURL}${app({ batch_flush_interval_ms: 20 })}`)
      await page.evaluate((event) => mixpanel.track(event), name)
      await expect(project).toHaveTracked(name)
      if (name === 'second') {
        await expect(project).not.toHaveTracked('first')
        await shared.close()
      }
    })
  }
})
