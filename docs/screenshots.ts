import { mkdir, writeFile } from 'node:fs/promises'
import { startTwinpanel } from '../src/package/start-twinpanel.ts'
import { setup as buildPage } from '../test/page/support/build-page.ts'
import { launchChromium } from '../test/sdk/support/chromium.ts'
import { capture, openLive } from './screenshots/live.ts'
import { tellStory } from './screenshots/story.ts'

// `npm run docs` takes the screenshots of the page for the README; without a browser they stay as they are.

const IMAGES = new URL('images/', import.meta.url)

const browser = await launchChromium().catch((error: unknown) => {
  process.stdout.write(`docs/images/live-*.webp stay as they are, as no browser could be started: ${error}\n`)
})
if (browser !== undefined) {
  await buildPage()
  await using twinpanel = await startTwinpanel()
  const token = await tellStory(twinpanel.url)
  await mkdir(IMAGES, { recursive: true })
  for (const theme of ['light', 'dark'] as const) {
    const page = await openLive(browser, twinpanel.url, token, theme)
    await writeFile(new URL(`live-${theme}.webp`, IMAGES), await capture(page))
  }
  await browser.close()
}
