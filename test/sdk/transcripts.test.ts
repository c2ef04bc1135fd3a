import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readProfiles } from '../support/profiles.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { type RawAnswer, RawClient, toBytes } from './support/raw-http.ts'
import type { Answer, Exchange, Stored, Who } from './support/transcript.ts'
import { TRANSCRIPTS } from './transcripts/all.ts'

/*
 * What SDKs in other languages put on the wire, byte for byte, and what they must get back: were one of these
 * answers a newline longer, the users of that SDK would lose events or send them for ever.
 */

let server: TestServer
let port: number
beforeAll(async () => {
  server = await startServer()
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  port = (server.app.server.address() as AddressInfo).port
})
afterAll(() => server.close())

describe.each(TRANSCRIPTS.map((transcript) => [transcript.sdk, transcript.exchanges] as const))(
  '%s',
  (_sdk, exchanges) => {
    it.each(exchanges.map((exchange) => [exchange.title, exchange] as const))(
      '%s',
      async (_title, exchange) => {
        const who = await makeProject(exchange)
        const expected = typeof exchange.answers === 'function' ? exchange.answers(who) : exchange.answers
        const answers = await converse(exchange, who)
        expect(answers.map((answer, index) => legible(answer, expected[index]))).toEqual(
          expected.map((answer) => ({ ...answer, headers: expect.objectContaining(answer.headers ?? {}) })),
        )
        expect(await readStored(who)).toEqual({ ...NOTHING, ...exchange.stored })
      },
    )
  },
)

/** An answer as the expected one is given: with all of its body, or with the JSON it says. */
function legible({ status, headers, body }: RawAnswer, expected: Answer | undefined): Answer {
  const isParsed = expected !== undefined && 'says' in expected
  return { status, headers, ...(isParsed ? { says: JSON.parse(body) } : { body }) }
}

const NOTHING: Required<Stored> = { events: [], profiles: {}, clusters: {}, verdicts: [] }

async function makeProject({ mode, flags, table }: Exchange): Promise<Who> {
  const made = await server.createProject({
    ...(mode && { id_management: mode }),
    settings: { group_keys: ['company'] },
  })
  const url = `/_twin/projects/${made.project_id}`
  if (flags !== undefined) await setUp('PUT', `${url}/flags`, { flags })
  if (table !== undefined) await setUp('POST', `${url}/lookup-tables`, { name: 'Accounts', id: table })
  const { token, secret, project_id: projectId, service_account: account } = made
  return { token, secret, projectId, account }
}

async function setUp(method: 'PUT' | 'POST', url: string, payload: object): Promise<void> {
  const answer = await server.send({ method, url, payload })
  if (answer.statusCode >= 300) throw new Error(answer.body)
}

/** Sends the requests on one connection, or on one each if they say that they close it; out: the answers. */
async function converse({ requests, isPipelined }: Exchange, who: Who): Promise<readonly RawAnswer[]> {
  let client = new RawClient('127.0.0.1', port)
  const answers: RawAnswer[] = []
  try {
    const all = requests(who)
    const messages = all.map((request) => toBytes(request, 'api.mixpanel.com'))
    if (isPipelined) client.write(Buffer.concat(messages))
    for (const [index, message] of messages.entries()) {
      if (!isPipelined) client.write(message)
      answers.push(await client.read())
      if (!all[index]?.headers.includes('Connection: close')) continue
      client.close()
      client = new RawClient('127.0.0.1', port)
    }
    return answers
  } finally {
    client.close()
  }
}

/** What the server adds to every event. */
const ADDED = ['$mp_api_endpoint', '$mp_api_timestamp_ms', 'mp_processing_time_ms', '$mp_event_size']

async function readStored(who: Who): Promise<Required<Stored>> {
  const project = `/_twin/projects/${who.projectId}`
  const { users } = (await server.send({ url: `${project}/users` })).json<{ users: readonly User[] }>()
  const { verdicts } = (await server.send({ url: `${project}/verdicts` })).json<{
    verdicts: readonly Verdict[]
  }>()
  const events = await server.readEvents(who.projectId)
  return {
    events: events.map(({ event, original_distinct_id: distinct_id, time, insert_id, properties }) => {
      const own = Object.entries(properties).filter(([name]) => !ADDED.includes(name))
      return { event, distinct_id, time, insert_id, properties: Object.fromEntries(own) }
    }),
    profiles: await readProfiles(server.db, who.projectId),
    clusters: Object.fromEntries(
      users
        .filter((user) => user.distinct_ids.length > 1)
        .map((user) => [user.distinct_id, user.distinct_ids]),
    ),
    verdicts: verdicts.map(({ code, rule }) => `${rule} ${code}`),
  }
}

interface User {
  readonly distinct_id: string
  readonly distinct_ids: readonly string[]
}

interface Verdict {
  readonly code: string
  readonly rule: string
}
