import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from '../../src/core/faults/fault.ts'
import { setFaults } from './support/faults.ts'
import { nodeSdk, told } from './support/node-sdk.ts'
import { createProject, type SdkProject } from './support/project.ts'
import { type SdkServer, startSdkServer } from './support/sdk-server.ts'
import { startTrustedServer } from './support/trusted-server.ts'

/*
 * The Node SDK from npm, unmodified, when the server fails. It never sends anything twice by itself: what it has
 * been told decides whether its caller can. docs/reliability.md says what this means for those who use it.
 */

let server: SdkServer
beforeAll(async () => {
  server = await startSdkServer()
})
afterAll(() => server.close())

/** Which errors the caller is given, how many requests that takes, and how many events are stored. */
interface RenderedVerdict {
  readonly plain: string | undefined
  readonly verbose: string | undefined
  readonly stored: 0 | 1
}

const RATE = 'Project exceeded rate limits. Please retry the request with exponential backoff.'
const TABLE: readonly (readonly [Fault, RenderedVerdict])[] = [
  [
    { status: 503 },
    {
      plain: '{"code":503,"error":"a temporary failure occurred","status":"Service Unavailable"}',
      verbose: 'a temporary failure occurred',
      stored: 0,
    },
  ],
  [
    { status: 429, retry_after: 1 },
    {
      plain: `{"code":429,"error":"${RATE}","status":"Too Many Requests"}`,
      verbose: RATE,
      stored: 0,
    },
  ],
  [
    { status: 413 },
    {
      plain:
        '{"code":413,"error":"request exceeds max limit of 10485760 bytes","status":"Request Entity Too Large"}',
      verbose: 'request exceeds max limit of 10485760 bytes',
      stored: 0,
    },
  ],
  // Lost after the commit: the caller hears of a failure that was none.
  [
    { status: 502, after_commit: true },
    { plain: '{"code":502,"error":"bad gateway","status":"Bad Gateway"}', verbose: 'bad gateway', stored: 1 },
  ],
  // It looks at the body alone, so this is a success to it, and the event is lost unseen.
  [
    { status: 500, body: '1' },
    { plain: undefined, verbose: 'undefined', stored: 0 },
  ],
]

async function trackUnder(fault: Fault, verbose: boolean) {
  const project = await createProject(server)
  await setFaults(server, project.token, fault)
  const before = server.requests.length
  const sdk = nodeSdk(server, project.token, { verbose })
  const outcome = await told((done) => sdk.track('Bought', { distinct_id: 'u' }, done))
  return { outcome, requests: server.requests.length - before, stored: (await project.exported()).length }
}

describe('one event', () => {
  it.each(TABLE)(
    '%j reaches the callback, and nothing is sent again (TRK-08, TRK-09)',
    async (fault, want) => {
      for (const verbose of [false, true]) {
        const text = verbose ? want.verbose : want.plain
        const error = text === undefined ? undefined : new Error(`Mixpanel Server Error: ${text}`)
        expect(await trackUnder(fault, verbose)).toEqual({ outcome: error, requests: 1, stored: want.stored })
      }
    },
  )

  it.each([false, true])(
    'what is not JSON is an error to the SDK if it is verbose: %j (TRK-09)',
    async (verbose) => {
      const { outcome, stored } = await trackUnder({ status: 502, body: '<html>' }, verbose)
      const plain = /^Mixpanel Server Error: <html>$/
      expect(outcome).toMatchObject({
        message: expect.stringMatching(verbose ? /^Could not parse response from Mixpanel/ : plain),
      })
      expect(stored).toBe(0)
    },
  )

  it.each([
    [{ reset_connection: true }, 0],
    [{ reset_connection: true, after_commit: true }, 1],
  ] as const)('%j is the same ECONNRESET to the caller; stored: %i', async (fault, stored) => {
    expect(await trackUnder(fault, false)).toMatchObject({
      outcome: { code: 'ECONNRESET' },
      requests: 1,
      stored,
    })
  })

  it('an answer that is cut off never reaches the callback', async () => {
    const { token, exportedOnce } = await createProject(server)
    await setFaults(server, token, { truncate_response: true, times: 1 })
    const sdk = nodeSdk(server, token)
    let isTold = false
    sdk.track('Cut off', { distinct_id: 'u' }, () => {
      isTold = true
    })
    expect(await exportedOnce(1)).toHaveLength(1)
    // Later events come and go on the same agent; nobody will hear of the first.
    for (let n = 0; n < 3; n++) {
      expect(await told((done) => sdk.track('Whole', { distinct_id: 'u' }, done))).toBeUndefined()
    }
    expect(isTold).toBe(false)
  })

  it('a slow answer is waited for', async () => {
    const started = performance.now()
    expect(await trackUnder({ latency_ms: 1_200 }, false)).toEqual({
      outcome: undefined,
      requests: 1,
      stored: 1,
    })
    expect(performance.now() - started).toBeGreaterThan(1_199)
  })
})

describe('over https', () => {
  it('an answer that is lost or cut off is as over http: an error, and silence', async () => {
    const trusted = await startTrustedServer()
    try {
      const { token, exportedOnce } = await createProject(trusted)
      const sdk = nodeSdk(trusted, token)
      await setFaults(trusted, token, { reset_connection: true, times: 1 })
      const outcome = await told((done) => sdk.track('Lost', { distinct_id: 'u' }, done))
      expect(outcome).toMatchObject({ code: 'ECONNRESET' })
      await setFaults(trusted, token, { truncate_response: true, times: 1 })
      let isTold = false
      sdk.track('Cut off', { distinct_id: 'u' }, () => {
        isTold = true
      })
      const stored = await exportedOnce(1)
      expect(stored.map(({ event }) => event)).toEqual(['Cut off'])
      expect(await told((done) => sdk.track('Whole', { distinct_id: 'u' }, done))).toBeUndefined()
      expect(isTold).toBe(false)
    } finally {
      await trusted.close()
    }
  })
})

describe('a batch', () => {
  it('one of three requests fails: the others are stored, and the error does not say which it was (TRK-07)', async () => {
    const { token, exported } = await createProject(server)
    await setFaults(server, token, { status: 503, skip: 1, times: 1 })
    const sdk = nodeSdk(server, token, { verbose: true })
    const batch = Array.from({ length: 120 }, (_, n) => ({
      event: 'Many',
      properties: { n, distinct_id: 'u' },
    }))
    const outcome = await told((done) => sdk.track_batch(batch, done))
    expect(outcome).toEqual([new Error('Mixpanel Server Error: a temporary failure occurred')])
    expect([70, 100]).toContain((await exported()).length)
  })
})

describe('a caller who sends again', () => {
  /** Tracks until the SDK says that it worked, as a caller must who wants nothing lost. */
  async function trackUntilTold({ token }: SdkProject, properties: object): Promise<number> {
    const sdk = nodeSdk(server, token)
    for (let attempt = 1; attempt <= 5; attempt++) {
      const outcome = await told((done) => sdk.track('Paid', { distinct_id: 'u', ...properties }, done))
      if (outcome === undefined) return attempt
    }
    throw new Error('five attempts were not enough')
  }
  /** What comes before and after the commit, one after the other. */
  const WEATHER: readonly Fault[] = [
    { status: 503, times: 1 },
    { reset_connection: true, after_commit: true, times: 1 },
    { status: 502, after_commit: true, times: 1 },
  ]

  it('with an $insert_id and a time of its own, each event is there once (DDP-01)', async () => {
    const project = await createProject(server)
    await setFaults(server, project.token, ...WEATHER)
    const own = { $insert_id: 'order-4711', time: Date.now() - 1_000 }
    expect(await trackUntilTold(project, own)).toBe(4)
    expect((await project.exported()).length).toBe(3)
    expect((await project.events()).map(({ insert_id }) => insert_id)).toEqual(['order-4711'])
  })

  it('without them, it is there once for each time that it was committed (DDP-05)', async () => {
    const project = await createProject(server)
    await setFaults(server, project.token, ...WEATHER)
    expect(await trackUntilTold(project, {})).toBe(4)
    expect(await project.events()).toHaveLength(3)
  })
})

it('an endpoint that fails leaves the others alone (ENG-01)', async () => {
  const { token, exported } = await createProject(server)
  await setFaults(server, token, { path: '/track', status: 503 })
  const sdk = nodeSdk(server, token)
  // Another endpoint is not concerned.
  expect(await told((done) => sdk.people.set('u', { plan: 'pro' }, done))).toBeUndefined()
  await setFaults(server, token, { path: '/engage', status: 503 })
  expect(await told((done) => sdk.people.set('u', { plan: 'pro' }, done))).toBeInstanceOf(Error)
  expect(await told((done) => sdk.track('Bought', { distinct_id: 'u' }, done))).toBeUndefined()
  expect(await exported()).toHaveLength(1)
})
