import fc from 'fast-check'
import type { Mode, ModelRecord } from './identity-model.ts'
import { importJson, NOW_S, type TestProject, trackJson } from './server.ts'

/** Few ids, so that they collide: UUIDs, one with the device prefix, one that only has the shape of a UUID, and names. */
const UUIDS = ['4f6d1a3e-0b1c-4d2e-8f3a-000000000001', '4f6d1a3e-0b1c-4d2e-8f3a-000000000002']
const IDS = [...UUIDS, `$device:${UUIDS[0]}`, 'a-b-c-d-e', 'U1', 'U2', 'u@x.io', 'k']
const DEVICES = ['D1', 'D2', 'D3']
const USERS = ['U1', 'U2', 'U3', 'd1']

/** Any record that a project of a mode may receive, with few different ids, and without its insert_id. */
export function recordOf(mode: Mode): fc.Arbitrary<Omit<ModelRecord, 'insertId'>> {
  const id = fc.constantFrom(...IDS)
  const optional = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
  const pair = (kind: 'identify' | 'alias' | 'merge') =>
    fc.tuple(id, id).map((ids) => ({ kind, ids }) satisfies Omit<ModelRecord, 'insertId'>)
  if (mode === 'simplified') {
    const event = fc
      .tuple(fc.constantFrom(...USERS), optional(DEVICES), optional(USERS))
      .map((ids) => ({ kind: 'event' as const, ids }))
    return fc.oneof({ weight: 6, arbitrary: event }, pair('identify'), pair('alias'))
  }
  const event = fc.tuple(id, optional(UUIDS), optional(USERS)).map((ids) => ({ kind: 'event' as const, ids }))
  return fc.oneof(
    { weight: 3, arbitrary: event },
    { weight: 3, arbitrary: pair('identify') },
    { weight: 2, arbitrary: pair('alias') },
    pair('merge'),
  )
}

/** The record as a client sends it. */
function toWire({ kind, ids, insertId }: ModelRecord, token: string) {
  const [one, other, third] = ids
  const named = {
    event: { distinct_id: one, $device_id: other, $user_id: third },
    identify: { $anon_id: one, $identified_id: other },
    alias: { distinct_id: one, alias: other },
    merge: { $distinct_ids: [one, other] },
  }
  const event = { event: 'E', identify: '$identify', alias: '$create_alias', merge: '$merge' }
  const properties = { token, time: NOW_S - 60, $insert_id: insertId, ...named[kind] }
  return { event: event[kind], properties }
}

/** The request for a batch: to /import if requested, or if the batch needs it because of a $merge; else to /track. */
export function requestOf(batch: readonly ModelRecord[], project: TestProject, byImport: boolean) {
  const records = batch.map((record) => toWire(record, project.token))
  const hasMerge = batch.some(({ kind }) => kind === 'merge')
  return byImport || hasMerge ? importJson(project.token, records) : trackJson(records)
}
