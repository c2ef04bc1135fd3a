import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts'
import { countDays } from '../../src/store/day-counts.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { loadIdentity } from '../../src/store/identity.ts'
import { findUnprefixedDevices } from '../../src/store/profiles.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * If nearly all events have one id, Postgres assumes that every id has very many, and that a sequential scan finds the
 * first of them fastest. For an id without events that scans the whole table, under the identity lock: ids must be
 * looked up by their index, whatever the statistics are.
 */

const PROJECT = 101
const ROWS = 50_000

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
  await db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                        properties)
     select ${PROJECT}, 'many', n, n, 'E', n, 1, true, '{}' from generate_series(1, ${ROWS}) as n`,
  )
  await db.pool.query(
    `insert into identity (project_id, distinct_id, canonical, first_seen_seq, linked_at_ms)
     select ${PROJECT}, '$device:' || n, 'many', n, n from generate_series(1, ${ROWS}) as n`,
  )
  await db.pool.query('analyze event, identity')
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

/** The number of sequential scans of the tables so far. */
async function wholeReads(): Promise<number> {
  await db.pool.query('select pg_stat_force_next_flush()')
  const { rows } = await db.pool.query<{ reads: number }>(
    `select sum(seq_scan)::integer as reads from pg_stat_user_tables where relname in ('event_earliest', 'identity')`,
  )
  return rows[0]?.reads ?? Number.NaN
}

const NEW = ['new', '$device:new']
const scope = { projectId: PROJECT, rules: DEFAULT_SETTINGS, nowMs: ROWS }

it.each([
  ['simplified (IDS-31)', () => loadIdentity(db.pool, { ...scope, mode: 'simplified' }, NEW)],
  ['original (IDO-33)', () => loadIdentity(db.pool, { ...scope, mode: 'original' }, NEW)],
  ['legacy (IDL-02)', () => loadIdentity(db.pool, { ...scope, mode: 'legacy' }, NEW)],
  ['the device of a profile (IDS-27)', () => findUnprefixedDevices(db.pool, PROJECT, NEW)],
  [
    'the events of a day (TRK-39)',
    () => countDays(db.pool, PROJECT, 'UTC', [{ distinctId: 'new', timeMs: 1 }], 9),
  ],
])('%s is looked up by index, whatever the statistics are', async (_what, look) => {
  const before = await wholeReads()
  // Prepared statements get a generic plan from the sixth execution on.
  for (let times = 0; times < 7; times++) await look()
  expect(await wholeReads()).toBe(before)
})
