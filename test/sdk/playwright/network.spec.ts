import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect, test } from '../../../src/playwright/index.ts'
import { app } from './settings.ts'

/** Sends a request in the page. Out: the status and the body that the page may read. */
const ask = (url: string) => fetch(url).then(async (answer) => [answer.status, await answer.text()] as const)

test('requests to any other host go where they always go', async ({ page }) => {
  await page.goto('/thanks')
  const answer = await page.evaluate(ask, 'http://elsewhere.example/control')
  expect(answer).toEqual([200, 'elsewhere'])
})

test('a path that Mixpanel has and Twinpanel has not is answered in a sentence', async ({ page }) => {
  await page.goto('/thanks')
  const url = 'https://mixpanel.com/api/query/retention'
  const [status, body] = await page.evaluate(ask, url)
  expect([status, body]).toEqual([404, expect.stringContaining('Twinpanel')])
})

test("Mixpanel's hosts have no API of Twinpanel", async ({ page, server, project }) => {
  await page.goto('/thanks')
  const url = `https://api.mixpanel.com/_twin/projects/${project.token}`
  const [status, body] = await page.evaluate(ask, url)
  expect([status, JSON.parse(body)]).toEqual([
    404,
    { status: 0, error: `api.mixpanel.com has no API of Twinpanel: it is at ${server.url}/_twin/.` },
  ])
})

test('workers and blobs are tracked', async ({ page, project }) => {
  await page.goto('/workers')
  await expect(project).toHaveTrackedOnly([
    'from a worker',
    'from a shared worker',
    'from a service worker',
    'from a blob',
  ])
})

test('a page on the internet is tracked, over https', async ({ page, project, baseURL }) => {
  await page.route('https://shop.example/**', async (route) => {
    const { pathname } = new URL(route.request().url())
    await route.fulfill({ response: await page.request.get(`${baseURL}${pathname}`) })
  })
  await page.goto(`https://shop.example${app({ batch_flush_interval_ms: 100 })}`)
  await page.getByRole('button').click()
  await expect(project).toHaveTracked('Signed up', { plan: 'pro' })
})

test('credentials are those of the project', async ({ request, mixpanelRelay, project }) => {
  const time = Math.floor(Date.now() / 1_000)
  const properties = { time, distinct_id: 'u', $insert_id: 'i' }
  const answer = await request.post(`http://127.0.0.1:${mixpanelRelay.port}/import?strict=1`, {
    headers: { host: 'api.mixpanel.com', authorization: `Basic ${btoa('the real secret:')}` },
    data: [{ event: 'Imported', properties }],
  })
  expect(await answer.json()).toEqual({ code: 200, num_records_imported: 1, status: 'OK' })
  await expect(project).toHaveTracked('Imported')
})

test('the snippet loads the SDK that is installed', async ({ page, project }) => {
  const scripts: string[] = []
  page.on('response', (answer) => {
    if (answer.url().includes('mxpnl.com')) scripts.push(`${answer.status()} ${answer.url()}`)
  })
  await page.goto(app({ record_sessions_percent: 100, batch_flush_interval_ms: 100 }, '/snippet'))
  await page.getByRole('button').click()
  const { version } = JSON.parse(
    await readFile(createRequire(import.meta.url).resolve('mixpanel-browser/package.json'), 'utf8'),
  )
  await expect(project).toHaveTracked('Signed up', { $lib_version: version })
  expect(scripts).toEqual([
    '200 http://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js',
    expect.stringMatching(/^200 https:\/\/cdn\.mxpnl\.com\/libs\/mixpanel-recorder-.*\.min\.js$/),
  ])
})

test('a session is recorded', async ({ page }) => {
  const statuses: number[] = []
  page.on('response', (answer) => {
    if (new URL(answer.url()).pathname === '/record/') statuses.push(answer.status())
  })
  await page.clock.install()
  await page.goto(app({ record_sessions_percent: 100 }))
  await page.getByRole('button').click()
  // The SDK sends what it has recorded every ten seconds.
  const later = async () => {
    await page.clock.fastForward(11_000)
    return statuses
  }
  await expect.poll(later).toContain(200)
})

for (const [sdk, said] of [
  ['none', 'https://cdn.mxpnl.com/libs/x.js is not loaded in tests: mixpanel.sdk is "none".'],
  ['installed', /has no such file\. Install mixpanel-browser, or set use: /],
  ['no/such/folder', /has no such file\./],
] as const) {
  test.describe(`with the scripts of ${sdk}`, () => {
    test.use({ mixpanel: { sdk } })

    test('a script that is not served is refused in a sentence', async ({ page }) => {
      await page.goto('/thanks')
      const [status, body] = await page.evaluate(ask, 'https://cdn.mxpnl.com/libs/x.js')
      const error = typeof said === 'string' ? said : expect.stringMatching(said)
      expect([status, JSON.parse(body)]).toEqual([404, { status: 0, error }])
    })
  })
}
