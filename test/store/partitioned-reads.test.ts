import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts'
import { readNumbering } from '../../src/store/arrivals.ts'
import { countEvents } from '../../src/store/count-events.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { readEventNames } from '../../src/store/event-names.ts'
import { readEventPage } from '../../src/store/event-page.ts'
import { readArrivedEvents } from '../../src/store/read-events.ts'
import { FIRST_PLACE, readSeenPage } from '../../src/store/seen-users.ts'
import { readEventStats } from '../../src/store/users.ts'
import { CITUS_URL } from '../support/citus.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * Questions of one period read its partition only, and those without a period a few blocks of each: counted in blocks,
 * with six partitions of 5,000 events. Not on Citus, where these are the blocks of workers, which tell them late.
 */

const PARTITIONS = 6
const EVENTS = 5_000
const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)
const MONTH = 30 * DAY
const PROJECT = { id: 101, idManagement: 'simplified', settings: DEFAULT_SETTINGS } as const
const NEWEST = PARTITIONS - 1
const periodOf = (part: number) => ({ fromMs: START + part * MONTH, toMs: START + (part + 1) * MONTH })

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeAll(async () => {
  if (CITUS_URL !== undefined) return
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
  const bound = (part: number) => (part < PARTITIONS ? START + part * MONTH : 'maxvalue')
  const others = Array.from(
    { length: NEWEST },
    (_none, index) =>
      `create table event_${index + 1} partition of event for values from (${bound(index + 1)}) to (${bound(index + 2)});`,
  )
  await db.pool.query(`
    alter table event detach partition event_earliest;
    alter table event attach partition event_earliest for values from (minvalue) to (${bound(1)});
    ${others.join('')}`)
  // In order of arrival; each tenth event has a copy.
  await db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select 101, 'u' || n / 2 % 500, $1::bigint + n / 10 * 10 * $2::bigint, 0, 'e' || n / 10 % 5,
            case when n % 10 = 9 then n - 1 else n end, 1, true, '{"plan":"pro"}'
     from generate_series(0, $3::integer - 1) as n`,
    [START, MONTH / EVENTS, PARTITIONS * EVENTS],
  )
  await db.pool.query('vacuum (analyze) event')
})
afterAll(async () => {
  if (CITUS_URL !== undefined) return
  await closeDatabase(db)
  await database.drop()
})

/** Blocks of the table and of the indexes that a question touches in each partition, the earliest first. */
async function blocksOf(ask: () => Promise<unknown>) {
  const before = await blocks()
  await ask()
  const after = await blocks()
  return after.map(({ heap, index }, at) => ({
    heap: heap - (before[at]?.heap ?? 0),
    index: index - (before[at]?.index ?? 0),
  }))
}

async function blocks() {
  await db.pool.query('select pg_stat_force_next_flush()')
  const { rows } = await db.pool.query<{ heap: number; index: number }>(
    `select (heap_blks_hit + heap_blks_read)::integer as heap, (idx_blks_hit + idx_blks_read)::integer as index
     from pg_statio_user_tables join pg_inherits on inhrelid = relid and inhparent = 'event'::regclass
     order by relname = 'event_earliest' desc, relname`,
  )
  expect(rows).toHaveLength(PARTITIONS)
  return rows
}

const page = (filter: object) =>
  readEventPage(db, { project: PROJECT, isDeduplicated: false, ...filter }, 100)
const count = (filter: object) =>
  countEvents(
    db,
    { project: PROJECT, isDeduplicated: true, timezone: 'UTC', events: ['e1'], ...filter },
    { type: 'general', unit: 'day', on: undefined, limit: 10 },
  )

/** Blocks that are touched where there is nothing to find: the roots of indexes, which the planner looks at, too. */
const A_LOOK = 10

const itCounts = it.skipIf(CITUS_URL !== undefined)

itCounts.each([
  ['the newest events', NEWEST, 20, () => page({ isNewestFirst: true })],
  [
    'the newest events without copies',
    NEWEST,
    1_300,
    () => page({ isNewestFirst: true, isDeduplicated: true }),
  ],
  ['the first events', 0, 20, () => page({})],
  ['the events of a period', 3, 20, () => page(periodOf(3))],
  ['a count of a period', 2, 800, () => count(periodOf(2))],
])('%s are read from their partition only', async (_what, part, limit, ask) => {
  const read = await blocksOf(ask)
  for (const [at, { heap, index }] of read.entries()) {
    if (at === part) expect(heap + index).toBeLessThan(limit)
    else expect([at, heap, index]).toEqual([at, 0, Math.min(index, A_LOOK)])
  }
  expect(read[part]?.index).toBeGreaterThan(0)
})

itCounts.each([
  ['a count of all', 800, () => count({})],
  ['the names', 40, () => readEventNames(db, PROJECT.id)],
  ['the events that arrived last', 10, () => arrived(50n)],
  ['a user', 30, () => readEventStats(db, PROJECT, 'u7')],
])('%s takes a few blocks of each partition', async (_what, limit, ask) => {
  for (const { heap, index } of await blocksOf(ask)) expect(heap + index).toBeLessThan(limit)
})

itCounts('the users seen last are looked for in the partition of their events', async () => {
  const read = await blocksOf(() => readSeenPage(db, PROJECT, FIRST_PLACE, 20))
  expect(read[NEWEST]?.index).toBeGreaterThan(120)
  // Of those shown, the events are counted in all partitions.
  for (const { heap, index } of read.slice(0, NEWEST)) expect(heap + index).toBeLessThan(250)
})

async function arrived(count: bigint) {
  const { last } = await readNumbering(db)
  return await readArrivedEvents(db, { project: PROJECT, from: last.event - count, upTo: last.event })
}
