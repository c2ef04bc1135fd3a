import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CITUS_URL } from '../support/citus.ts'
import { NOW_S, startServer, type TestProject, type TestServer, trackJson } from '../support/server.ts'

/*
 * An SDK in several tabs sends what another tab is sending, too (wire.md, Browser). The copies may be stored between two
 * statements of a reader, which find one each.
 */

const LOOKS = 20
/** More than a wait for exactly one reads at once. */
const COPIES_BEFORE = 8

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** Sends copies of an event, one after the other, for as long as `look` is repeated. */
async function lookWhileSent(look: (project: TestProject) => Promise<void>): Promise<void> {
  const project = await server.createProject()
  const properties = { token: project.token, distinct_id: 'charlie', $insert_id: 'i', time: NOW_S }
  const send = () => server.send(trackJson([{ event: 'Signed up', properties }]))
  for (let n = 0; n < COPIES_BEFORE; n++) await send()
  let isDone = false
  const sending = (async () => {
    while (!isDone) expect((await send()).body).toBe('1')
  })()
  try {
    for (let n = 0; n < LOOKS; n++) await look(project)
  } finally {
    isDone = true
    await sending
  }
}

// On Citus the parts of a statement have no snapshot in common (docs/scaling.md).
describe.skipIf(CITUS_URL !== undefined)('an event that is sent again and again', () => {
  it('is read once by a page of several statements (DDP-01)', async () => {
    await lookWhileSent(async ({ token }) => {
      const { events } = (await server.send({ url: `/_twin/projects/${token}/events` })).json()
      expect(events).toHaveLength(1)
    })
  })

  it('is one for a wait for exactly one (DDP-01)', async () => {
    await lookWhileSent(async ({ token }) => {
      const query = 'event=Signed%20up&exactly=1&settle_ms=0&timeout_ms=1000'
      const answer = await server.send({ url: `/_twin/projects/${token}/wait?${query}` })
      expect(answer.statusCode, answer.body).toBe(200)
    })
  })
})
