import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { readEventPage } from '../../src/store/event-page.ts'
import { CITUS_URL } from '../support/citus.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * A page of the events of a name reads about as many events as it shows, however many have that name: counted in blocks
 * of the table, of which every event of this test has one.
 */

const PROJECT = { id: 101, idManagement: 'simplified', settings: DEFAULT_SETTINGS } as const
const EVENTS = 6_000
const NAMES = 3
const PAGE = 20
/** A page and one event more, twice: there may be copies. And what the planner looks at. */
const MOST_BLOCKS = 10 * PAGE

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
  await db.pool.query('alter table event_earliest set (autovacuum_enabled = off, fillfactor = 10)')
  await db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select ${PROJECT.id}, 'u' || n % 50, n * 1000, 0, 'e' || n % ${NAMES}, n, 1, true,
            jsonb_build_object('text', repeat('x', 600))
     from generate_series(1, ${EVENTS}) as n`,
  )
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

/** 0 on Citus, where the blocks are those of the workers. */
async function blocksRead(): Promise<number> {
  if (CITUS_URL !== undefined) return 0
  await db.pool.query('select pg_stat_force_next_flush()')
  const { rows } = await db.pool.query<{ blocks: number }>(
    `select (heap_blks_hit + heap_blks_read)::integer as blocks from pg_statio_user_tables
     where relname = 'event_earliest'`,
  )
  return rows[0]?.blocks ?? Number.NaN
}

describe.each([
  ['without statistics', undefined],
  ['with statistics', 'analyze event_earliest'],
])('%s', (_what, prepare) => {
  it.each([
    ['the newest of a name', { events: ['e1'], isNewestFirst: true }, PAGE],
    ['the first of a name', { events: ['e1'] }, PAGE],
    [
      'the newest of two names and one that never was',
      { events: ['e1', 'e2', 'Never'], isNewestFirst: true },
      PAGE,
    ],
    [
      'the newest of a name in a period',
      { events: ['e1'], fromMs: 1_000_000, toMs: 3_000_000, isNewestFirst: true },
      PAGE,
    ],
    ['those of a name that never was', { events: ['Never'], isNewestFirst: true }, 0],
  ])('%s are read without the others', async (_events, filter, found) => {
    if (prepare !== undefined) await db.pool.query(prepare)
    for (const isDeduplicated of [true, false]) {
      const before = await blocksRead()
      const page = await readEventPage(db, { project: PROJECT, isDeduplicated, ...filter }, PAGE)
      expect(page).toHaveLength(found)
      expect((await blocksRead()) - before).toBeLessThan(MOST_BLOCKS)
    }
  })
})
