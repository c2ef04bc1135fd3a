import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts'
import { countEvents } from '../../src/store/count-events.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { readEventPage } from '../../src/store/event-page.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * Events of a burst without times all get the same time, and in the first minute of a database Postgres has no
 * statistics about them: finding duplicates must not scan the whole burst for each of its events.
 */

const EVENTS = 4_000

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
  await db.pool.query('alter table event_earliest set (autovacuum_enabled = false)')
  for (const projectId of [101, 102]) {
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                          properties)
       select $1, 'u' || n % 200, 1, 1, 'E', n, 1, false, '{}' from generate_series(1, $2::integer) as n`,
      [projectId, EVENTS],
    )
  }
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

/** Index entries of the table event that were read so far, and rows that were read by a sequential scan. */
async function entriesRead(): Promise<number> {
  await db.pool.query('select pg_stat_force_next_flush()')
  const { rows } = await db.pool.query<{ read: number }>(
    `select (seq_tup_read + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'event_earliest'))::integer as read
     from pg_stat_user_tables where relname = 'event_earliest'`,
  )
  return rows[0]?.read ?? Number.NaN
}

it.each([
  ['simplified', 101],
  ['legacy', 102],
] as const)('duplicates among events with the same time are found by id: %s (DDP-03)', async (mode, id) => {
  const before = await entriesRead()
  const project = { id, idManagement: mode, settings: DEFAULT_SETTINGS }
  const page = await readEventPage(db, { project, isDeduplicated: true, isNewestFirst: true }, 100)
  expect(page).toHaveLength(100)
  // Each of the 4,000 events is compared with the 20 of its user only.
  expect((await entriesRead()) - before).toBeLessThan(30 * EVENTS)
  const all = { project, isDeduplicated: true, timezone: 'UTC' }
  const counts = await countEvents(db, all, { type: 'general', unit: 'day', on: undefined, limit: 1 })
  expect(counts.map(({ count }) => count)).toEqual([EVENTS])
  expect((await entriesRead()) - before).toBeLessThan(2 * 30 * EVENTS)
})

it.each(['simplified', 'legacy'] as const)(
  'a page is full however many copies it passes over: %s (DDP-02)',
  async (mode) => {
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                        properties)
     select 103, 'u', n % 5, n, 'E', n % 5, 1, false, '{}' from generate_series(1, 200) as n`,
    )
    const project = { id: 103, idManagement: mode, settings: DEFAULT_SETTINGS }
    for (const isNewestFirst of [false, true]) {
      for (const [limit, count] of [
        [1, 1],
        [3, 3],
        [5, 5],
        [9, 5],
        [1_000, 5],
      ] as const) {
        const page = await readEventPage(db, { project, isDeduplicated: true, isNewestFirst }, limit)
        const times = page.map(({ timeMs }) => timeMs)
        const all = isNewestFirst ? [4, 3, 2, 1, 0] : [0, 1, 2, 3, 4]
        expect([limit, times]).toEqual([limit, all.slice(0, count)])
        expect(page.every(({ receivedAtMs }) => receivedAtMs > 195)).toBe(true)
      }
    }
    let asked = 0
    const count = () => asked++
    db.shared.raw.on('acquire', count)
    await readEventPage(db, { project, isDeduplicated: true }, 1)
    db.shared.raw.off('acquire', count)
    // The first event has 39 later copies.
    expect(asked).toBeLessThan(10)
    await db.pool.query('delete from event where project_id = 103')
  },
)
