import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { capture, openLive } from '../../docs/screenshots/live.ts'
import { tellStory } from '../../docs/screenshots/story.ts'
import { launchChromium } from '../sdk/support/chromium.ts'
import { type SdkServer, startSdkServer } from '../sdk/support/sdk-server.ts'

let server: SdkServer
let browser: Browser
beforeAll(async () => {
  server = await startSdkServer()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** What went wrong in the story, as the list must show it. */
const PROBLEMS = [
  ['Order delivered, dropped', 'charlie', 'The event Order delivered is 6 days old'],
  ['Logged in, changed', 'taylor', '$device:D1 already belongs to charlie'],
  ['$create_alias, no effect', 'charlie', 'Simplified ID Merge has no aliases'],
] as const

it('the screenshot of the README is taken from a server, shows every problem, and is the same every time', async () => {
  const token = await tellStory(server.url)
  const page = await openLive(browser, server.url, token, 'light')
  const rows = page.getByRole('listbox', { name: 'Records' }).getByRole('option')
  expect(await rows.count()).toBe(9)
  for (const [name, user, why] of PROBLEMS) {
    expect(
      await rows.filter({ hasText: name }).filter({ hasText: user }).filter({ hasText: why }).count(),
    ).toBe(1)
  }
  const picture = await capture(page)
  expect(picture.byteLength).toBeLessThan(200_000)
  const again = await openLive(browser, server.url, token, 'light')
  expect(picture.equals(await capture(again))).toBe(true)
})
