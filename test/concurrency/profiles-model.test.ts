import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { OPERATION_NAMES } from '../../src/core/profile/profile.ts'
import { recordOf, requestOf } from '../support/histories.ts'
import type { Mode, ModelRecord } from '../support/identity-model.ts'
import { type ModelUpdate, type NaiveOperation, ProfilesModel } from '../support/profile-model.ts'
import { Profiles, type Update } from '../support/profiles.ts'
import { startServer, type TestServer } from '../support/server.ts'

/*
 * Whatever is sent to /engage and to /track, in whatever batches: the server on a real Postgres and a naive model
 * agree on every profile, on whom it is shown for, and on what is told where users are joined.
 */

const MAX_IDS = 4
const RUNS = Number(process.env['MODEL_RUNS'] ?? 20)

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** The ids that histories name, as profiles are addressed by them. */
const UUIDS = ['4f6d1a3e-0b1c-4d2e-8f3a-000000000001', '4f6d1a3e-0b1c-4d2e-8f3a-000000000002']
const IDS: Readonly<Record<Mode, readonly string[]>> = {
  simplified: ['U1', 'U2', 'U3', 'd1', '$device:D1', '$device:D2', '$device:D3', 'D1'],
  original: [...UUIDS, `$device:${UUIDS[0]}`, 'a-b-c-d-e', 'U1', 'U2', 'u@x.io', 'k'],
  legacy: [...UUIDS, 'a-b-c-d-e', 'U1', 'U2', 'u@x.io', 'k'],
}

const NAMES = ['a', 'b', 'l']
const value = fc.constantFrom<Json>(
  0,
  1,
  -2.5,
  'x',
  '1',
  null,
  true,
  [],
  ['x'],
  ['x', 1, 'x'],
  { k: 1 },
  { m: 2 },
)
const values = fc.dictionary(fc.constantFrom(...NAMES), value, { minKeys: 1, noNullPrototype: true })
const operation: fc.Arbitrary<NaiveOperation> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(['$delete', ''] as const) },
  { weight: 2, arbitrary: fc.subarray(NAMES).map((names) => ['$unset', names] as const) },
  {
    weight: 9,
    arbitrary: fc.tuple(
      fc.constantFrom('$set', '$set_once', '$merge', '$add', '$append', '$union', '$remove'),
      values,
    ),
  },
)

/** Of one record: each kind once, as they are applied (ENG-21). */
const inOrder = fc
  .uniqueArray(operation, { minLength: 1, maxLength: 3, selector: ([kind]) => kind })
  .map((own) => own.toSorted(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b)))
const ORDER: readonly string[] = OPERATION_NAMES

type Updating = Omit<ModelUpdate, 'lastSeen'>
type Batch =
  | { readonly updates: readonly Updating[] }
  | { readonly records: readonly Omit<ModelRecord, 'insertId'>[]; readonly byImport: boolean }

function historyOf(mode: Mode): fc.Arbitrary<readonly Batch[]> {
  const update = fc.record({
    id: fc.constantFrom(...IDS[mode]),
    ignoresAlias: fc.boolean(),
    operations: inOrder,
  })
  return fc.array(
    fc.oneof(
      fc.record({ updates: fc.array(update, { minLength: 1, maxLength: 5 }) }),
      fc.record({
        records: fc.array(recordOf(mode), { minLength: 1, maxLength: 4 }),
        byImport: mode === 'simplified' ? fc.constant(false) : fc.boolean(),
      }),
    ),
    { minLength: 2, maxLength: 10 },
  )
}

/** A second for each update, as `$last_seen` has it. */
const secondOf = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString().slice(0, 19)

function toWire({ id, ignoresAlias, operations, lastSeen }: ModelUpdate): Update {
  const literal = ignoresAlias ? { $ignore_alias: true } : {}
  return { $distinct_id: id, $time: lastSeen, ...literal, ...Object.fromEntries(operations) }
}

/** What was told of profiles when users were joined: `insert_id code`, sorted. */
async function toldOf(profiles: Profiles): Promise<readonly string[]> {
  const codes = ['profile.device_profile_lost', 'profile.hidden_by_merge', 'identity.alias_shadows_profile']
  return (await profiles.verdicts())
    .filter(({ code }) => codes.includes(code))
    .map(({ code, record }) => `${record?.properties?.['$insert_id']} ${code}`)
    .toSorted()
}

describe('the server and the model', () => {
  it.each(['simplified', 'original', 'legacy'] as const)(
    'agree on every history in %s mode (ENG-08, ENG-10, ENG-12 to ENG-21, ENG-26, IDS-27, IDS-28, IDO-24, IDO-25, IDL-10)',
    async (mode) => {
      const property = fc.asyncProperty(historyOf(mode), async (history) => {
        const profiles = await Profiles.start(server, mode, { id_cluster_max: MAX_IDS })
        const model = new ProfilesModel(mode, MAX_IDS)
        const told: string[] = []
        let n = 0
        for (const [at, batch] of history.entries()) {
          if ('updates' in batch) {
            const updates = batch.updates.map((update) => ({ ...update, lastSeen: secondOf(n++) }))
            expect(await profiles.engage(...updates.map(toWire))).toBe('1')
            for (const update of updates) model.update(update)
            continue
          }
          const records = batch.records.map((record, index) => ({ ...record, insertId: `i-${at}-${index}` }))
          const answer = await server.send(requestOf(records, profiles.project, batch.byImport))
          expect(answer.statusCode).toBe(200)
          for (const record of records) {
            told.push(...model.take(record).map((code) => `${record.insertId} ${code}`))
          }
        }
        expect(await profiles.everything()).toEqual(model.stored())
        for (const id of IDS[mode]) expect(await profiles.whole(id), id).toEqual(model.shown(id))
        expect(await toldOf(profiles)).toEqual(told.toSorted())
      })
      await fc.assert(property, { numRuns: RUNS })
    },
    120_000,
  )
})
