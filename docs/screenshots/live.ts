import type { Browser, Page } from 'playwright-core'
import { createClient } from '../../src/client/client.ts'
import type { Theme } from './draw-terminal.ts'
import { ALIAS, NOW_MS, STEPS } from './story.ts'

/** Nine rows, and the head. */
const VIEWPORT = { width: 1280, height: 601 }
const QUALITY = 88

/** Opens the live view of the story, with the alias that had no effect. */
export async function openLive(
  browser: Browser,
  url: string,
  token: string,
  colorScheme: Theme,
): Promise<Page> {
  const { offset_ms } = await createClient({ url }).project(token).clock.get()
  const look = { viewport: VIEWPORT, deviceScaleFactor: 2, colorScheme, reducedMotion: 'reduce' } as const
  const context = await browser.newContext({ ...look, timezoneId: 'UTC', bypassCSP: true })
  const page = await context.newPage()
  await page.clock.setFixedTime(NOW_MS - offset_ms)
  // The ms between the clock's being set and the arrival differ every time.
  await page.route(/\/(events|verdicts)\?/, async (route) => {
    const response = await route.fetch()
    const body = (await response.text()).replace(/(?<=T[\d:]{8}\.)\d{3}(?=Z)/g, '000')
    await route.fulfill({ response, body })
  })
  await page.goto(`${url}/_twin/#/p/${token}/live`)
  // The clock of the project is set for the screenshot only.
  await page.addStyleTag({ content: '.clock-notice { display: none }' })
  const rows = page.getByRole('listbox', { name: 'Records' }).getByRole('option')
  await rows.nth(STEPS.length - 1).waitFor()
  await rows.filter({ hasText: ALIAS }).filter({ hasText: 'no effect' }).click()
  await page.getByRole('complementary').getByRole('heading', { name: ALIAS }).waitFor()
  await page.mouse.move(0, 0)
  await page.evaluate('document.fonts.ready')
  return page
}

/** Takes a screenshot, as WebP. */
export async function capture(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
  return Buffer.from(data, 'base64')
}
