import { describe, expect, it } from 'vitest'
import { browserSuite } from './support/browser-suite.ts'
import { createProject } from './support/project.ts'
import { asSent, expectNoComplaints, newContext } from './support/sdk-page.ts'
import { EVERY_TYPE, HARD_TEXT } from './support/values.ts'

/*
 * The browser SDK from npm, unmodified, in a real browser, on a page of another origin than the server's: every
 * way in which it sends events. It drops what it believes to be delivered, so what is misread is lost.
 */

const suite = browserSuite()
const WAIT_MS = 10_000

/** Often, since the default of 5 s would only make the tests slow. */
const BATCHES = { batch_flush_interval_ms: 100 }
const SINGLES = { batch_requests: false }
const JSON_PAYLOAD = { api_payload_format: 'json' } as const

/** The `data` of a form as it was sent. */
function dataOf(body: string | undefined): string {
  return new URLSearchParams(body).get('data') ?? ''
}

/** Base64 undone, one character for each byte. */
function bytesOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1')
}

describe('batches', () => {
  it('a form of base64, the default for a host that is not Mixpanel (TRK-02, TRK-03)', async () => {
    const { token, exportedOnce } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: BATCHES })
    const first = await sdk.track('Page viewed', EVERY_TYPE)
    const second = await sdk.track('Added to cart', { n: 2 })
    expect([first.answer, second.answer]).toEqual([1, 1])
    expect(await exportedOnce(2)).toEqual([asSent(first.sent, 'batched'), asSent(second.sent, 'batched')])
    expect(sdk.wire[0]).toMatchObject({ method: 'POST' })
    expect(bytesOf(dataOf(sdk.wire[0]?.body))).toMatch(/^\[\{"event":"Page viewed"/)
  })

  it('a form of percent-encoded JSON (TRK-02, TRK-03)', async () => {
    const { token, exportedOnce } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: { ...BATCHES, ...JSON_PAYLOAD } })
    const { sent } = await sdk.track('Käufe 🛒', { ...EVERY_TYPE, ...HARD_TEXT })
    expect(await exportedOnce(1)).toEqual([asSent(sent, 'batched')])
    expect(dataOf(sdk.wire[0]?.body)).toMatch(/^\[\{"event":"Käufe 🛒"/)
  })

  it('the CESU-8 that the SDK writes for emoji in base64 is understood (TRK-03)', async () => {
    const { token, exportedOnce } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: BATCHES })
    const { sent } = await sdk.track('Käufe 🛒', { ...EVERY_TYPE, ...HARD_TEXT })
    expect(await exportedOnce(1)).toEqual([asSent(sent, 'batched')])
    // Each half of U+1F6D2 as three bytes of its own: what UTF-8 would never hold.
    expect(bytesOf(dataOf(sdk.wire[0]?.body))).toContain('K\xc3\xa4ufe \xed\xa0\xbd\xed\xbb\x92')
  })

  it.each([BATCHES, { ...BATCHES, ...JSON_PAYLOAD }])(
    'an emoji that the SDK has cut in half ends in U+FFFD, with %o (DEC-07, PRP-18)',
    async (config) => {
      const { token, exportedOnce } = await createProject(suite.server)
      const sdk = await suite.visit({ token, config })
      const { sent } = await sdk.track('Cut', { text: `${'x'.repeat(254)}😀` })
      expect(sent.properties['text']).toBe(`${'x'.repeat(254)}\ud83d`)
      const [stored] = await exportedOnce(1)
      expect(stored?.properties['text']).toBe(`${'x'.repeat(254)}\ufffd`)
    },
  )

  it('120 events in a row, more than two batches, are neither lost nor doubled (TRK-07)', async () => {
    const { token, exportedOnce } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: BATCHES })
    const names = Array.from({ length: 120 }, (_, n) => `Step ${n}`)
    await Promise.all(names.map((name) => sdk.send(name)))
    const stored = await exportedOnce(120)
    expect(stored.map(({ event }) => event).toSorted()).toEqual(names.toSorted())
  })

  it('an api_host that ends in a slash makes //track/, which is /track (GEN-05)', async () => {
    const { token, exportedOnce } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: { ...BATCHES, api_host: `${suite.server.url}/` } })
    const { sent } = await sdk.track('Doubled slash')
    expect(await exportedOnce(1)).toEqual([asSent(sent, 'batched')])
    expect(sdk.requests().map(({ path }) => path)).toEqual(['//track/'])
  })
})

describe('one at a time', () => {
  it('send_immediately sends one object, and the callback gets the 1 (TRK-07, TRK-08)', async () => {
    const { token, exported } = await createProject(suite.server)
    const sdk = await suite.visit({ token })
    const { sent, answer } = await sdk.track('Paid', EVERY_TYPE, { send_immediately: true })
    expect(answer).toBe(1)
    expect(await exported()).toEqual([asSent(sent, 'immediate')])
    expect(bytesOf(dataOf(sdk.wire[0]?.body))).toMatch(/^\{"event":"Paid"/)
  })

  it('without batching, the callback gets what the server answers (TRK-08, TRK-09)', async () => {
    const { token, exported } = await createProject(suite.server)
    const plain = await suite.visit({ token, config: SINGLES })
    const verbose = await suite.visit({ token, config: { ...SINGLES, ...JSON_PAYLOAD, verbose: true } })
    const good = [await plain.track('Plain 🙂'), await verbose.track('Verbose 🙂')]
    expect(good.map(({ answer }) => answer)).toEqual([1, { error: null, status: 1 }])
    const bad = [await plain.track(''), await verbose.track('')]
    const refusal = { error: 'event, missing or empty', status: 0 }
    expect(bad.map(({ answer }) => answer)).toEqual([0, refusal])
    expect(await exported()).toEqual(good.map(({ sent }) => asSent(sent, 'immediate')))
  })

  it('by GET (TRK-01, TRK-03)', async () => {
    const { token, exported } = await createProject(suite.server)
    const base64 = await suite.visit({ token, config: { ...SINGLES, api_method: 'GET' } })
    const json = await suite.visit({ token, config: { ...SINGLES, ...JSON_PAYLOAD, api_method: 'GET' } })
    const tracked = [
      await base64.track('By GET 🙂', { ...EVERY_TYPE, ...HARD_TEXT }),
      await json.track('By GET 🙂', { ...EVERY_TYPE, ...HARD_TEXT }),
    ]
    expect(tracked.map(({ answer }) => answer)).toEqual([1, 1])
    expect(await exported()).toEqual(tracked.map(({ sent }) => asSent(sent, 'immediate')))
    expect([...base64.wire, ...json.wire].map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  it('as the source of an image, which the browser can show (TRK-11)', async () => {
    const { token, exportedOnce } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: { ...SINGLES, api_method: 'GET', img: true } })
    const sent = await sdk.send('Pixel', { ...EVERY_TYPE, ...HARD_TEXT })
    expect(await exportedOnce(1)).toEqual([asSent(sent, 'immediate')])
    const width = () => sdk.page.locator('img').evaluate((image) => image.naturalWidth)
    await expect.poll(width, { timeout: WAIT_MS }).toBe(1)
  })

  it('img with the default method sends no data: an image all the same, and no event (TRK-11, TRK-13)', async () => {
    const { token, exported } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: { ...SINGLES, img: true } })
    await sdk.send('Empty pixel')
    const width = () => sdk.page.locator('img').evaluate((image) => image.naturalWidth)
    await expect.poll(width, { timeout: WAIT_MS }).toBe(1)
    expect(sdk.requests().map(({ method, params }) => [method, params.get('data')])).toEqual([['GET', null]])
    expect(await exported()).toEqual([])
  })
})

it('where XMLHttpRequest knows no CORS, as the source of a script with a callback (TRK-12, SEC-11)', async () => {
  const { token, exportedOnce } = await createProject(suite.server)
  const context = await newContext(suite.browser)
  // The SDK looks for this before all else, and then speaks in scripts.
  await context.addInitScript('delete XMLHttpRequest.prototype.withCredentials')
  const sdk = await suite.visit({ token, context })
  const told = await sdk.track('By script 🙂', { ...EVERY_TYPE, ...HARD_TEXT })
  const verbose = await suite.visit({ token, context, config: { verbose: true } })
  const object = await verbose.track('By script', {})
  // It has the server call back with a function of its own, which hears a number or an object.
  expect([told.answer, object.answer]).toEqual([1, { error: null, status: 1 }])
  expect(await exportedOnce(2)).toEqual([told, object].map(({ sent }) => asSent(sent, 'immediate')))
  const requests = [...sdk.requests(), ...verbose.requests()]
  expect(requests.map(({ method, headers }) => [method, headers['sec-fetch-dest']])).toEqual(
    Array(2).fill(['GET', 'script']),
  )
  expect(requests.every(({ params }) => (params.get('callback') ?? '') !== '')).toBe(true)
})

it('the snippet of the docs loads the SDK, which sends what was tracked before it came (TRK-02)', async () => {
  const { token, exportedOnce } = await createProject(suite.server)
  const page = await (await newContext(suite.browser)).newPage()
  expectNoComplaints(page)
  await page.goto(`${suite.site.url}/snippet#${token},${suite.server.url}`)
  const [stored] = await exportedOnce(1)
  expect(stored).toMatchObject({ event: 'Tracked early', properties: { n: 1, mp_lib: 'web' } })
})
