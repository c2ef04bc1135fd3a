import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createLogger } from '../../src/log.ts'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { type RawAnswer, RawClient, toBytes } from './support/raw-http.ts'
import { NOW_MS, type Who } from './support/transcript.ts'
import { TRANSCRIPTS } from './transcripts/all.ts'

/*
 * What the SDKs that the tests cannot run make of each kind of answer: all is good, nothing is, there are too many
 * records, they come too fast, and the store is away. Nothing is stored of what an SDK keeps, and nothing is taken
 * for a success that is none.
 */

let server: TestServer
/** A server whose store is away. */
let away: { readonly port: number; readonly close: () => Promise<void> }
beforeAll(async () => {
  server = await startServer()
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  away = await startWithoutStore()
})
afterAll(async () => {
  await server.close()
  await away.close()
})

const portOf = (app: TestServer['app']) => (app.server.address() as AddressInfo).port

async function startWithoutStore() {
  const db = openDatabase({ connectionString: 'postgres://nobody@127.0.0.1:9/none', maxConnections: 1 })
  const settings = { unknownTokens: 'drop', trustProxy: false, loopbackOnly: true } as const
  const log = createLogger('silent')
  const app = await buildApp({ db, log, clock: () => NOW_MS, newId: randomUUID, settings })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const close = async () => {
    await app.close()
    await closeDatabase(db)
  }
  return { port: portOf(app), close }
}

async function makeProject(settings: object = {}): Promise<Who> {
  const made = await server.createProject({ settings })
  const { token, secret, project_id: projectId, service_account: account } = made
  return { token, secret, projectId, account }
}

async function ask(request: Parameters<typeof toBytes>[0], port = portOf(server.app)): Promise<RawAnswer> {
  const client = new RawClient('127.0.0.1', port)
  try {
    client.write(toBytes(request, 'api.mixpanel.com'))
    return await client.read()
  } finally {
    client.close()
  }
}

/** How many users have an event or a profile. */
async function countOf({ projectId }: Who): Promise<number> {
  const { users } = (await server.send({ url: `/_twin/projects/${projectId}/users` })).json()
  return users.length
}

const TOO_MANY = 'request exceeds max limit of 2000 events'
const TOO_FAST = 'Project exceeded rate limits. Please retry the request with exponential backoff.'
const AWAY = 'a temporary failure occurred'
const NO_NAME = "'event' must not be missing or blank"
const same = (made: string) => [made, made, made] as const

/** Of each call: nothing was good, 413, 429, 503. That all is good is `done` to everybody. */
const MADE: Readonly<Record<string, readonly [string, string, string, string]>> = {
  'mixpanel-python 5.3.0: track()': [
    'error: event, missing or empty',
    `error: ${TOO_MANY}`,
    `error: ${TOO_FAST}`,
    `error: ${AWAY}`,
  ],
  'mixpanel-python 5.3.0: track() over https': [
    'error: event, missing or empty',
    `error: ${TOO_MANY}`,
    'kept 1 s',
    'kept 2 s',
  ],
  'mixpanel-ruby 3.3.0: track()': ['error: 200', 'error: 413', 'error: 429', 'error: 503'],
  // It does not look at the status: its destructor asks ten times, whatever the answer says.
  'mixpanel-php of 2023-04: track()': ['kept', ...same('kept')],
  'mixpanel-java 1.7.0: deliver() of events': ['error: 200', 'error: 413', 'error: 429', 'error: 503'],
  'mixpanel-java 1.7.0: deliver() of imports': ['error: 400', 'error: 413', 'error: 429', 'error: 503'],
  'mixpanel-go v2.0.0-beta.2: Track': [
    'error: event, missing or empty',
    ...same('error: no number as status'),
  ],
  'mixpanel-go v2.0.0-beta.2: PeopleSet': [
    'error: 0',
    expect.stringMatching(/^error: 413 \{.*2000 events/),
    expect.stringMatching(/^error: 429 \{.*exceeded rate limits/),
    expect.stringMatching(/^error: 503 \{.*temporary failure/),
  ],
  'mixpanel-go v2.0.0-beta.2: Import': [
    'error: some data points in the request failed validation',
    `error: ${TOO_MANY}`,
    `error: ${TOO_FAST}`,
    'error: unexpected status code: 503',
  ],
  'mixpanel-android 8.9.0, session replay 1.4.0: track()': ['done', 'kept', 'kept', 'kept 2 s'],
  'mixpanel-swift 6.5.1: track()': ['done', 'kept', 'kept 1 s', 'kept 2 s'],
  'mixpanel-react-native 3.8.0, JavaScript mode: track()': ['done', ...same('kept')],
  'mixpanel-unity 3.5.5: Track()': ['done', ...same('kept')],
  'mixpanel-import 3.6.1: events': [`error: ${NO_NAME}`, `error: ${TOO_MANY}`, 'kept', 'kept'],
  'segment action-destinations, Mixpanel: trackEvent': [
    `error: ${NO_NAME}`,
    `error: 413 ${TOO_MANY}`,
    `error: 429 ${TOO_FAST}`,
    `error: 503 ${AWAY}`,
  ],
}

const CALLS = TRANSCRIPTS.flatMap(({ sdk, calls = [] }) =>
  calls.map((call) => [`${sdk}: ${call.call}`, call] as const),
)

it('each call that is judged is expected of', () => {
  expect(CALLS.map(([name]) => name).toSorted()).toEqual(Object.keys(MADE).toSorted())
})

describe.each(CALLS)('%s', (name, { request, judge }) => {
  const [nothing, tooMany, tooFast, unavailable] = MADE[name] ?? []

  it('all good is a success, and nothing good never a retry for ever (TRK-08, TRK-09, TRK-20, IMP-10, IMP-11, DEC-08)', async () => {
    const who = await makeProject()
    expect(judge(await ask(request(who, ['A', 'B'])))).toBe('done')
    expect(await countOf(who)).toBeGreaterThan(0)
    const other = await makeProject()
    expect(judge(await ask(request(other, [''])))).toEqual(nothing)
    expect(await countOf(other)).toBe(0)
  })

  it('too many records (TRK-24, IMP-29, ENG-06)', async () => {
    const who = await makeProject()
    const names = Array.from({ length: 2_001 }, () => 'A')
    expect(judge(await ask(request(who, names)))).toEqual(tooMany)
    expect(await countOf(who)).toBe(0)
  })

  it('too fast, and well again when it has waited (TRK-27, IMP-30, RTL-07)', async () => {
    const who = await makeProject({ ingestion_events_per_second: 1 })
    const sent = request(who, ['A', 'B'])
    expect(judge(await ask(sent))).toEqual(tooFast)
    expect(await countOf(who)).toBe(0)
    const url = `/_twin/projects/${who.projectId}`
    await server.send({ method: 'PATCH', url, payload: { settings: { ingestion_events_per_second: null } } })
    expect(judge(await ask(sent))).toBe('done')
  })

  it('the store is away: never a success (DEC-08)', async () => {
    const who = await makeProject()
    expect(judge(await ask(request(who, ['A']), away.port))).toEqual(unavailable)
  })
})
