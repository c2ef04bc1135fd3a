import type { OverridedMixpanel } from 'mixpanel-browser'
import { describe, expect, it } from 'vitest'
import type { Fault } from '../../src/core/faults/fault.ts'
import { browserSuite } from './support/browser-suite.ts'
import { countFired, setFaults } from './support/faults.ts'
import { createProject, type SdkProject } from './support/project.ts'
import { newContext, type SdkPage, type Visit } from './support/sdk-page.ts'

/*
 * The browser SDK from npm, unmodified, in a real browser, when the server fails: what it sends again, what it
 * gives up, and what the server must not store twice. docs/reliability.md says what this means for those who use it.
 */

/** The SDK, in the page. */
declare const mixpanel: OverridedMixpanel

const suite = browserSuite()
const WAIT_MS = 10_000

/** Often, since the default of 5 s would only make the tests slow; and once there is something to send. */
const CONFIG = { batch_flush_interval_ms: 100, batch_autostart: false }
/** How long the SDK waits for an answer where it is to lose its patience; 90 s by default. */
const PATIENCE_MS = 2_500
/** What the page may say, beside what it is expected to say. */
const MAY_COMPLAIN = /mixpanel: |^Failed to load resource: /

/** A page, its project, and what the SDK has reported to its `error_reporter`. */
interface Session {
  readonly project: SdkProject
  readonly sdk: SdkPage
  readonly reports: readonly string[]
  /** Tracks events and lets the SDK, which has sent nothing so far, send them as one batch. */
  readonly sendBatch: (names: readonly string[]) => Promise<void>
  /** Waits until faults have fired so often and the SDK has nothing left to send. */
  readonly settled: (fired: number) => Promise<void>
}

async function open(faults: readonly Fault[], visit: Partial<Visit> = {}): Promise<Session> {
  const project = await createProject(suite.server)
  const { token } = project
  await setFaults(suite.server, token, ...faults)
  const config = { ...CONFIG, ...visit.config }
  const sdk = await suite.visit({ token, mayComplain: MAY_COMPLAIN, ...visit, config })
  const reports: string[] = []
  sdk.page.on('pageerror', ({ message }) => reports.push(message.replace(/^mixpanel: /, '')))
  const queued = () => sdk.page.evaluate(countQueued, token)
  return {
    project,
    sdk,
    reports,
    sendBatch: async (names) => {
      await sdk.page.evaluate((all) => {
        for (const name of all) mixpanel.track(name)
      }, names)
      await expect.poll(queued, { timeout: WAIT_MS }).toBe(names.length)
      await sdk.page.evaluate(() => mixpanel.start_batch_senders())
    },
    settled: async (fired) => {
      const state = async () => [await countFired(suite.server, token), await queued()]
      await expect.poll(state, { timeout: 20_000, interval: 20 }).toEqual([fired, 0])
    },
  }
}

/** How many records the SDK still has to send, events and others. */
function countQueued(token: string): number {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(`__mpq_${token}`))
  return keys.reduce((sum, key) => sum + JSON.parse(localStorage.getItem(key) ?? '[]').length, 0)
}

const NAMES = Array.from({ length: 8 }, (_, n) => `Step ${n}`)
const statusLine = (status: string) => `Error: Bad HTTP status: ${status}`

/** What becomes of a batch of eight events. */
interface Row {
  readonly when: string
  readonly faults: readonly Fault[]
  /** As the SDK reports it, in order. */
  readonly reports: readonly string[]
  readonly requests: number
  /** How often each event was committed; read back, it is there once or not at all. */
  readonly committed: number
  readonly config?: Visit['config']
}

const RETRIED: readonly Row[] = [
  {
    when: '503 twice: again after twice the interval, then after four times',
    faults: [{ status: 503, times: 2 }],
    reports: [
      statusLine('503 Service Unavailable'),
      'Error; retry in 200 ms',
      statusLine('503 Service Unavailable'),
      'Error; retry in 400 ms',
    ],
    requests: 3,
    committed: 1,
  },
  {
    when: '429: as 503; Retry-After is not looked at',
    faults: [{ status: 429, retry_after: 60, times: 1 }],
    reports: [statusLine('429 Too Many Requests'), 'Error; retry in 200 ms'],
    requests: 2,
    committed: 1,
  },
  {
    when: '502 with a page of HTML: as 503',
    faults: [{ status: 502, body: '<h1>Bad Gateway</h1>', content_type: 'text/html', times: 1 }],
    reports: [statusLine('502 Bad Gateway'), 'Error; retry in 200 ms'],
    requests: 2,
    committed: 1,
  },
  {
    when: '413: the batch is halved until it fits',
    faults: [{ status: 413, times: 2 }],
    reports: [
      statusLine('413 Payload Too Large'),
      '413 response; reducing batch size to 7',
      statusLine('413 Payload Too Large'),
      '413 response; reducing batch size to 3',
    ],
    requests: 5,
    committed: 1,
  },
  {
    when: '500 after the commit: sent again, and known again',
    faults: [{ status: 500, after_commit: true, times: 1 }],
    reports: [statusLine('500 Internal Server Error'), 'Error; retry in 200 ms'],
    requests: 2,
    committed: 2,
  },
  {
    when: 'no answer in time: sent again at once, and both arrive',
    faults: [{ latency_ms: 2 * PATIENCE_MS, times: 1 }],
    config: { batch_request_timeout_ms: PATIENCE_MS },
    reports: ['Error: timeout', 'Network timeout; retrying'],
    requests: 2,
    committed: 2,
  },
  {
    when: 'no answer in time, after the commit: the same',
    faults: [{ latency_ms: 2 * PATIENCE_MS, after_commit: true, times: 1 }],
    config: { batch_request_timeout_ms: PATIENCE_MS },
    reports: ['Error: timeout', 'Network timeout; retrying'],
    requests: 2,
    committed: 2,
  },
]

const GIVEN_UP: readonly Row[] = [
  ...(['400 Bad Request', '401 Unauthorized', '403 Forbidden', '404 Not Found'] as const).map((status) => ({
    when: `${status}: the batch is dropped`,
    faults: [{ status: Number.parseInt(status, 10), times: 1 }],
    reports: [statusLine(status)],
    requests: 1,
    committed: 0,
  })),
  {
    when: '200 with an error in the body: taken for a success',
    faults: [{ status: 200, body: '{"error":"a temporary failure occurred","status":0}', times: 1 }],
    reports: [],
    requests: 1,
    committed: 0,
  },
  {
    when: 'a reset of a new connection: the batch is dropped',
    faults: [{ reset_connection: true, times: 1 }],
    reports: [statusLine('0 ')],
    requests: 1,
    committed: 0,
  },
  {
    when: 'a reset of a new connection, after the commit: dropped, and stored',
    faults: [{ reset_connection: true, after_commit: true, times: 1 }],
    reports: [statusLine('0 ')],
    requests: 1,
    committed: 1,
  },
  {
    when: 'an answer that is cut off: dropped, and stored',
    faults: [{ truncate_response: true, times: 1 }],
    reports: [statusLine('0 ')],
    requests: 1,
    committed: 1,
  },
]

/** Sends a batch under a row's faults, and holds all that comes of it to the row. */
async function hold({ faults, reports, requests, committed, config = {} }: Row): Promise<void> {
  const session = await open(faults, { config })
  await session.sendBatch(NAMES)
  await session.settled(faults.reduce((sum, { times = 0 }) => sum + times, 0))
  await expect.poll(() => session.reports, { timeout: WAIT_MS }).toEqual(reports)
  const stored = await session.project.exportedOnce(committed * NAMES.length)
  expect(stored.map(({ event }) => event).toSorted()).toEqual(
    NAMES.flatMap((name) => Array.from({ length: committed }, () => name)),
  )
  const events = await session.project.events()
  expect(events.map(({ event }) => event).toSorted()).toEqual(committed === 0 ? [] : NAMES)
  expect(session.sdk.requests()).toHaveLength(requests)
}

describe('a batch is sent again, and each event is there once', () => {
  it.each(RETRIED)('$when (DDP-01)', hold)
})

describe('a batch is given up', () => {
  it.each(GIVEN_UP)('$when (IMP-31)', hold)

  it('413 of a single event: that one is dropped, the others go through (TRK-24)', async () => {
    const session = await open([{ status: 413, times: 3 }])
    await session.sendBatch(['First', 'Second', 'Third'])
    await session.settled(3)
    expect(session.reports).toContain('Single-event request too large; dropping')
    const stored = await session.project.exportedOnce(2)
    expect(stored.map(({ event }) => event).toSorted()).toEqual(['Second', 'Third'])
  })
})

describe('a connection that was in use before is reset', () => {
  it.each([
    ['the browser itself sends the batch again', { reset_connection: true }, 1],
    [
      'after the commit too, and the events are known again',
      { reset_connection: true, after_commit: true },
      2,
    ],
  ] as const)('%s (DDP-01)', async (_name, fault, committed) => {
    const session = await open([{ ...fault, skip: 1, times: 1 }])
    await session.sendBatch(['Warm'])
    await session.settled(0)
    await session.sdk.send('Bought')
    await session.settled(1)
    const names = ['Warm', ...Array.from({ length: committed }, () => 'Bought')]
    const stored = await session.project.exportedOnce(names.length)
    expect(stored.map(({ event }) => event).toSorted()).toEqual(names.toSorted())
    expect((await session.project.events()).map(({ event }) => event).toSorted()).toEqual(['Bought', 'Warm'])
    // The SDK has not noticed.
    expect(session.reports).toEqual([])
  })
})

it('what could not be sent outlives its page, and goes out from the next one (DDP-01)', async () => {
  const context = await newContext(suite.browser)
  const session = await open([{ status: 503 }], { context })
  const { token, exported, events } = session.project
  await session.sendBatch(NAMES)
  await expect.poll(() => countFired(suite.server, token), { timeout: WAIT_MS }).toBeGreaterThan(1)
  await session.sdk.page.close()
  expect(await exported()).toEqual([])
  await setFaults(suite.server, token)
  await suite.visit({ token, context, config: { ...CONFIG, batch_autostart: true } })
  await expect.poll(events, { timeout: 10_000 }).toHaveLength(NAMES.length)
  expect((await events()).map(({ event }) => event).toSorted()).toEqual(NAMES)
})

it('an event that is sent at once is lost with the first failure, and its callback gets 0 (TRK-08)', async () => {
  const { project, sdk } = await open([{ status: 503, times: 1 }])
  const first = await sdk.track('Paid', {}, { send_immediately: true })
  const second = await sdk.track('Paid', {}, { send_immediately: true })
  expect([first.answer, second.answer]).toEqual([0, 1])
  expect(await project.exported()).toHaveLength(1)
})

it('an increment whose answer is lost counts twice: profile updates have no $insert_id (ENG-14)', async () => {
  const { project, sdk, settled } = await open([
    { path: '/engage', status: 503, after_commit: true, times: 1 },
  ])
  await sdk.page.evaluate(async () => {
    mixpanel.identify('charlie')
    // The queue does not keep the order of calls: without waiting, the first batch may be without this one.
    await new Promise((queued) => mixpanel.people.increment('visits', 1, queued))
    mixpanel.start_batch_senders()
  })
  await settled(1)
  const profile = async () => {
    const answer = await suite.server.inject({ url: `/_twin/projects/${project.id}/users/charlie` })
    return answer.json<{ profile: unknown }>().profile
  }
  await expect.poll(profile, { timeout: WAIT_MS }).toMatchObject({ visits: 2 })
})

it('a page of another origin reads the 404 of a path that is not served, and the verdict on it (SEC-09)', async () => {
  const { sdk } = await open([])
  const asked = await sdk.page.evaluate(async (url) => {
    const headers = { 'content-type': 'application/json', authorization: 'Basic eDo=' }
    const answer = await fetch(url, { method: 'POST', credentials: 'include', headers, body: '[]' })
    return [answer.status, answer.headers.get('twinpanel-verdict'), await answer.json()]
  }, `${suite.server.url}/mp/track/`)
  expect(asked).toEqual([404, '1; path.not_served', { code: 404, error: 'not found', status: 'Not Found' }])
})
