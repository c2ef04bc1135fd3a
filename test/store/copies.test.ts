import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countEvents } from '../../src/store/count-events.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { readEventPage } from '../../src/store/event-page.ts'
import { CITUS_URL } from '../support/citus.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * Which of the copies of events are read (DDP-01, DDP-02, DDP-06): as a model that compares all pairs says, and in a time
 * that does not grow with the number of pairs, whatever statistics Postgres has.
 */

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
  // Plans must be good without statistics, as in the first minute of a database.
  await db.pool.query('alter table event_earliest set (autovacuum_enabled = off)')
  await db.pool.query('alter table identity set (autovacuum_enabled = off)')
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

interface Stored {
  readonly id: string
  readonly event: string
  readonly timeMs: number
  readonly insertId: string
  readonly plan: string
}

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 7, 20)
let projectId = 100

const IDS = ['a', 'b', 'c', 'd'] as const
const stored: fc.Arbitrary<Stored> = fc.record({
  id: fc.constantFrom(...IDS),
  event: fc.constantFrom('view', 'pay'),
  timeMs: fc.integer({ min: 0, max: 2 }).map((hour) => START_MS + hour * HOUR_MS),
  insertId: fc.constantFrom('i', 'j'),
  plan: fc.constantFrom('free', 'pro'),
})
/** The user of each id before and after the last merge. */
const owners = fc.record({ a: fc.constant('a'), b: fc.constantFrom('a', 'b'), c: fc.constantFrom('a', 'c') })
type Owners = Readonly<Record<string, string>>

async function fill(events: readonly Stored[], shown: Owners, now: Owners): Promise<void> {
  projectId++
  for (const { id, event, timeMs, insertId, plan } of events) {
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                          properties) values ($1, $2, $3, 0, $4, $5, 1, true, jsonb_build_object('plan', $6::text))`,
      [projectId, id, timeMs, event, insertId, plan],
    )
  }
  for (const [id, canonical] of Object.entries(now)) {
    await db.pool.query(
      'insert into identity (project_id, distinct_id, canonical, first_seen_seq) values ($1, $2, $3, 1)',
      [projectId, id, canonical],
    )
    if (shown[id] === canonical) continue
    await db.pool.query('insert into identity_pending values ($1, $2, 1, $3, 0, 10)', [
      projectId,
      id,
      shown[id] ?? id,
    ])
  }
}

/** Those of the events, in order of arrival, that no later one of the same user equals. */
function lastCopies(events: readonly Stored[], owner: Owners): readonly Stored[] {
  const keyOf = ({ id, event, timeMs, insertId }: Stored) =>
    JSON.stringify([owner[id] ?? id, event, timeMs, insertId])
  return events.filter((one, at) => !events.slice(at + 1).some((later) => keyOf(later) === keyOf(one)))
}

const plan = { kind: 'property', source: 'properties', name: 'plan' } as const
const isPro = {
  kind: 'binary',
  operator: '==',
  left: plan,
  right: { kind: 'literal', value: 'pro' },
} as const

async function readAll(mode: 'simplified' | 'legacy', shownAsOfMs: number | undefined) {
  const project = { id: projectId, idManagement: mode }
  const period = { fromMs: START_MS, toMs: START_MS + 24 * HOUR_MS }
  const filter = { project, ...period, timezone: 'UTC', isDeduplicated: true, shownAsOfMs }
  const counting = { unit: 'hour', on: undefined, limit: 100 } as const
  const count = async (
    type: 'general' | 'unique',
    more: object = {},
    on: typeof plan | undefined = undefined,
  ) =>
    (await countEvents(db, { ...filter, ...more }, { ...counting, type, on }))
      .map(({ segment, bucket, count: found }) => `${segment} ${bucket.slice(11, 13)} ${found}`)
      .toSorted()
  return {
    general: await count('general'),
    named: await count('general', { events: ['pay', 'view'] }),
    unique: await count('unique'),
    byPlan: await count('general', {}, plan),
    pro: await count('general', { where: isPro }),
    proUsers: await count('unique', { where: isPro }),
    page: (await readEventPage(db, filter, 1_000)).map(({ distinctId, propertiesJson }) => {
      return `${distinctId} ${JSON.parse(propertiesJson).plan}`
    }),
    proPage: (await readEventPage(db, { ...filter, propertiesJson: '{"plan":"pro"}' }, 2)).map(
      ({ distinctId }) => distinctId,
    ),
  }
}

function countModel(
  events: readonly Stored[],
  keyOf: (one: Stored) => string,
  userOf?: (one: Stored) => string,
) {
  const found = new Map<string, Set<unknown>>()
  for (const one of events) {
    const key = `${keyOf(one)} ${String((one.timeMs - START_MS) / HOUR_MS).padStart(2, '0')}`
    found.set(key, (found.get(key) ?? new Set()).add(userOf?.(one) ?? one))
  }
  return [...found].map(([key, counted]) => `${key} ${counted.size}`).toSorted()
}

function expected(events: readonly Stored[], owner: Owners): Awaited<ReturnType<typeof readAll>> {
  const last = lastCopies(events, owner)
  const pro = last.filter((one) => one.plan === 'pro')
  const userOf = ({ id }: Stored) => owner[id] ?? id
  const nameOf = ({ event }: Stored) => event
  const sorted = last.toSorted((one, other) => one.timeMs - other.timeMs)
  return {
    general: countModel(last, nameOf),
    named: countModel(last, nameOf),
    unique: countModel(last, nameOf, userOf),
    byPlan: countModel(last, (one) => one.plan),
    pro: countModel(pro, nameOf),
    proUsers: countModel(pro, nameOf, userOf),
    page: sorted.map((one) => `${one.id} ${one.plan}`),
    proPage: sorted
      .filter((one) => one.plan === 'pro')
      .slice(0, 2)
      .map(({ id }) => id),
  }
}

describe('of copies under the ids of a user, at equal times', () => {
  it('the last that arrived is read, as if all pairs were compared (DDP-01, DDP-02, DDP-06)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stored, { maxLength: 14 }), owners, owners, async (events, shown, now) => {
        await fill(events, shown, now)
        expect(await readAll('simplified', undefined)).toEqual(expected(events, now))
        // As of a time before the merge (IDS-32), and where links do not apply to earlier events (IDL-02).
        expect(await readAll('simplified', 5)).toEqual(expected(events, shown))
        expect(await readAll('legacy', undefined)).toEqual(expected(events, {}))
      }),
      { numRuns: 25 },
    )
  })
})

describe('a project without statistics', () => {
  const BLOCK_LIMIT_PER_EVENT = 20

  it.each([
    ['many devices of a user', `'device-' || n % 2000`, 'n', `'i-' || n`],
    ['events at one time', `'device-' || n % 2`, '1', `'i-' || n`],
    ['copies of one event', `'device-' || n % 2`, '1', `'i'`],
    ['events sent twice', `'device-' || n % 100`, 'n / 2', `'i-' || n / 2`],
  ])('reads few blocks for each event: %s (DDP-06)', async (_what, id, time, insertId) => {
    projectId++
    const count = 4_000
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                          properties)
       select ${projectId}, ${id}, ${START_MS} + ${time}, 0, 'view', ${insertId}, 1, true, '{"plan":"pro"}'
       from generate_series(1, ${count}) as n`,
    )
    await db.pool.query(
      `insert into identity (project_id, distinct_id, canonical, first_seen_seq)
       select ${projectId}, 'device-' || n, 'user', n from generate_series(0, 1999) as n`,
    )
    const before = await blocksRead()
    await readAll('simplified', undefined)
    const questions = 8
    expect((await blocksRead()) - before).toBeLessThan(questions * count * BLOCK_LIMIT_PER_EVENT)
  })

  it('is not read for a name that never was, even if Postgres expects to find some soon', async () => {
    projectId++
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                          properties)
       select ${projectId}, 'u', n, 0, 'view ' || n % 300, n, 1, true, '{}' from generate_series(1, 100000) as n`,
    )
    await db.pool.query('analyze event')
    const project = { id: projectId, idManagement: 'simplified' } as const
    const before = await blocksRead()
    for (const isNewestFirst of [true, false]) {
      for (const more of [{}, { propertiesJson: '{"plan":"pro"}' }]) {
        const filter = { project, events: ['never'], isDeduplicated: true, isNewestFirst, ...more }
        expect(await readEventPage(db, filter, 1)).toEqual([])
      }
    }
    expect((await blocksRead()) - before).toBeLessThan(100)
  })

  /** 0 on Citus, where the blocks are those of the workers. */
  async function blocksRead(): Promise<number> {
    if (CITUS_URL !== undefined) return 0
    await db.pool.query('select pg_stat_force_next_flush()')
    const { rows } = await db.pool.query<{ blocks: string }>(
      `select sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read) as blocks
       from pg_statio_user_tables where relname in ('event_earliest', 'identity')`,
    )
    return Number(rows[0]?.blocks)
  }
})
