import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordOf, requestOf } from '../support/histories.ts'
import { IdentityModel, type Mode, type ModelRecord } from '../support/identity-model.ts'
import { startServer, type TestProject, type TestServer } from '../support/server.ts'

/*
 * Whatever is sent, in whatever batches, with replays: the server on a real Postgres and a naive model agree on
 * the users, their ids, their events and what is told of each record.
 */

const MAX_IDS = 4
const RUNS = Number(process.env['MODEL_RUNS'] ?? 20)

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

interface Batch {
  readonly records: readonly Omit<ModelRecord, 'insertId'>[]
  readonly byImport: boolean
  /** Sends this earlier batch again instead. */
  readonly replays: number | undefined
}

function historyOf(mode: Mode): fc.Arbitrary<readonly Batch[]> {
  const batch = fc.record({
    records: fc.array(recordOf(mode), { minLength: 1, maxLength: 6 }),
    byImport: mode === 'simplified' ? fc.constant(false) : fc.boolean(),
    replays: fc.option(fc.nat(5), { nil: undefined, freq: 4 }),
  })
  return fc.array(batch, { minLength: 1, maxLength: 8 })
}

/** Tells records apart; a replay is the very batch that was sent before. */
function withInsertIds(history: readonly Batch[]) {
  const sent: { records: ModelRecord[]; byImport: boolean }[] = []
  for (const [at, { records, byImport, replays }] of history.entries()) {
    const earlier = replays === undefined ? undefined : sent[replays]
    const own = records.map((record, index) => ({ ...record, insertId: `i-${at}-${index}` }))
    sent.push(earlier ?? { records: own, byImport })
  }
  return sent
}

async function codesToldBy(project: TestProject): Promise<Map<string, string[]>> {
  const answer = await server.send({ url: `/_twin/projects/${project.token}/verdicts?limit=1000` })
  const told = new Map<string, string[]>()
  for (const { code, record } of answer.json().verdicts) {
    if (!code.startsWith('identity.') || STATELESS.has(code)) continue
    const insertId = record.properties.$insert_id
    told.set(insertId, [...(told.get(insertId) ?? []), code].sort())
  }
  return told
}

/** What the model does not speak of: it depends on one record alone. */
const STATELESS = new Set([
  'identity.unprefixed_anonymous',
  'identity.distinct_id_overridden',
  'identity.user_id_in_device_id',
  'identity.placeholder_id',
  'identity.case_mismatch',
])

async function usersOf(project: TestProject) {
  const answer = await server.send({ url: `/_twin/projects/${project.token}/users?limit=1000` })
  const events = await server.readEvents(project.token)
  return answer
    .json()
    .users.map((user: { distinct_id: string; distinct_ids: string[]; events: number }) => {
      const own = events.filter((event) => event.distinct_id === user.distinct_id)
      expect(user.events).toBe(own.length)
      return {
        canonical: user.distinct_id,
        ids: user.distinct_ids.toSorted(),
        events: own.map((event) => event.insert_id).sort(),
      }
    })
    .sort((a: { canonical: string }, b: { canonical: string }) => (a.canonical < b.canonical ? -1 : 1))
}

describe('the server and the model', () => {
  it.each(['simplified', 'original', 'legacy'] as const)(
    'agree on every history of a project in %s mode (DEC-06, IDS-30, DDP-06)',
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(historyOf(mode), async (history) => {
          const project = await server.createProject({
            id_management: mode,
            settings: { id_cluster_max: MAX_IDS },
          })
          const model = new IdentityModel(mode, MAX_IDS)
          const told = new Map<string, string[]>()
          for (const { records, byImport } of withInsertIds(history)) {
            const answer = await server.send(requestOf(records, project, byImport))
            expect(answer.statusCode).toBe(200)
            for (const record of records) {
              const codes = model.take(record)
              if (codes.length > 0)
                told.set(record.insertId, [...(told.get(record.insertId) ?? []), ...codes].sort())
            }
          }
          expect(await usersOf(project)).toEqual(model.users())
          expect(await codesToldBy(project)).toEqual(told)
        }),
        { numRuns: RUNS },
      )
    },
    120_000,
  )
})
