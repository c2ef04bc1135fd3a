import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MS_PER_DAY } from '../../src/core/normalise/time.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { emptyDeadPartitions, joinEmptyPartitions } from '../../src/store/empty-partitions.ts'
import { classifyStoreError } from '../../src/store/errors.ts'
import { listPartitions } from '../../src/store/partitions.ts'
import { insertProject } from '../../src/store/projects.ts'
import { splitWhenDue } from '../../src/store/split-partition.ts'
import { CITUS_URL } from '../support/citus.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * The partitions of event leave no gap at any moment: whatever is split, emptied and joined, an event of any time is
 * stored, and every event that was not to be deleted is read.
 */

const NOW = Date.UTC(2026, 10, 30, 14)
const AT_ONCE = { openBytes: 0 }
const IN_USE = { openBytes: 0, readAtOnceBytes: 0 }

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeEach(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 8 })
})
afterEach(async () => {
  await closeDatabase(db)
  await database.drop()
})

async function addProject(token: string, retentionDays: number | null = null): Promise<number> {
  const settings = { retention_days: retentionDays }
  const added = { token, name: token, idManagement: 'simplified', timezone: 'UTC', settings } as const
  const account = { username: token, secretHash: Buffer.from(token) }
  const project = await insertProject(db, { ...added, secretHash: Buffer.from(token) }, account)
  if (project === undefined) throw new Error('the token is taken')
  return project.id
}

/** Adds an event at each time; bigints as text. */
async function add(projectId: number, times: readonly (number | string)[]): Promise<void> {
  await db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select $1, 'u', time, 0, 'e', time, 1, true, '{}' from unnest($2::bigint[]) as time`,
    [projectId, times],
  )
}

async function timesOf(projectId: number, table = 'event'): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ time_ms: string }>(
    `select time_ms from ${table} where project_id = $1 order by time_ms, seq`,
    [projectId],
  )
  return rows.map((row) => row.time_ms)
}

/** Each partition as `name from to`. */
async function shape(): Promise<readonly string[]> {
  const day = (ms: number | undefined) => (ms === undefined ? '∞' : new Date(ms).toISOString().slice(0, 10))
  return (await listPartitions(db.pool)).map(
    ({ name, fromMs, toMs }) => `${name} ${day(fromMs)} ${day(toMs)}`,
  )
}

const LEAST = '-9223372036854775808'
const GREATEST = '9223372036854775807'

describe('a split', () => {
  it.each([
    ['of a small partition', AT_ONCE],
    ['of a large one, which is in use', IN_USE],
  ])('%s leaves every event where its time belongs, with its number', async (_what, sizes) => {
    const [one, two] = [await addProject('one'), await addProject('two')]
    await add(one, [LEAST, 0, NOW, NOW + 400 * MS_PER_DAY, GREATEST])
    await add(two, [NOW - MS_PER_DAY, NOW + 5 * MS_PER_DAY])
    const before = (await db.pool.query('select * from event order by seq')).rows
    expect(await splitWhenDue(db, NOW, sizes)).toBe(true)
    expect(await shape()).toEqual(['event_earliest ∞ 2027-01-01', 'event_from_20270101 2027-01-01 ∞'])
    expect((await db.pool.query('select * from event order by seq')).rows).toEqual(before)
    expect(await timesOf(one, 'event_from_20270101')).toEqual([String(NOW + 400 * MS_PER_DAY), GREATEST])
    expect(await timesOf(two, 'event_from_20270101')).toEqual([])
    await add(two, [GREATEST, LEAST, NOW])
    expect((await timesOf(two)).length).toBe(5)
    const { rows } = await db.pool.query('select max(seq)::integer as last from event')
    expect(rows).toEqual([{ last: before.length + 3 }])
  })

  it('gives the new partition the indexes of the table, and the settings of the one before', async () => {
    await db.pool.query('alter table event_earliest set (fillfactor = 90, toast.autovacuum_enabled = off)')
    await splitWhenDue(db, NOW, AT_ONCE)
    const { rows } = await db.pool.query(
      `select (select count(*)::integer from pg_index where indrelid = pg_class.oid and indisvalid and exists (
                 select from pg_inherits where inhrelid = indexrelid)) as indexes,
              reloptions, (select toast.reloptions from pg_class as toast where toast.oid = pg_class.reltoastrelid) as toast
       from pg_class join pg_inherits on inhrelid = oid and inhparent = 'event'::regclass`,
    )
    const same = {
      indexes: 4,
      reloptions: ['autovacuum_vacuum_insert_scale_factor=0.02', 'fillfactor=90'],
      toast: ['autovacuum_enabled=off'],
    }
    expect(rows).toEqual([same, same])
  })

  it('is made ahead of time, again and again', async () => {
    await splitWhenDue(db, NOW, AT_ONCE)
    for (let day = 0; day < 800; day += 2)
      await splitWhenDue(db, NOW + day * MS_PER_DAY, { openBytes: 2 ** 30 })
    const found = await shape()
    expect(found).toEqual([
      'event_earliest ∞ 2027-01-01',
      'event_from_20270101 2027-01-01 2028-01-01',
      'event_from_20280101 2028-01-01 2029-01-01',
      'event_from_20290101 2029-01-01 2030-01-01',
      'event_from_20300101 2030-01-01 ∞',
    ])
  })

  it('ends later if many events of a project, whose clock is ahead, would have to be moved', async () => {
    const project = await addProject('ahead')
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
       select $1, 'u', $2::bigint + n, 0, 'e', n, 1, true, '{}' from generate_series(1, 20001) as n`,
      [project, NOW + 700 * MS_PER_DAY],
    )
    expect(await splitWhenDue(db, NOW, AT_ONCE)).toBe(true)
    expect((await shape())[0]).toBe('event_earliest ∞ 2029-01-01')
  })

  it('by several servers at once is made once', async () => {
    const project = await addProject('one')
    await add(project, [NOW, NOW + 400 * MS_PER_DAY])
    for (const sizes of [AT_ONCE, IN_USE]) {
      const servers = Array.from({ length: 4 }, () => splitWhenDue(db, NOW, sizes))
      const made = (await Promise.all(servers)).filter((isMade) => isMade)
      expect(made.length).toBeGreaterThan(0)
    }
    const names = (await shape()).map((line) => line.split(' ')[0])
    expect(new Set(names).size).toBe(names.length)
    expect(await timesOf(project)).toEqual([String(NOW), String(NOW + 400 * MS_PER_DAY)])
  })

  it('that was interrupted refuses events beyond its end, as busy, until it is continued', async () => {
    const project = await addProject('one')
    await add(project, [0, NOW + 400 * MS_PER_DAY])
    const reader = await db.pool.connect()
    await reader.query('begin; lock table only event in access share mode')
    const split = splitWhenDue(db, NOW, IN_USE).catch((error) => classifyStoreError(error))
    const announced = async () => (await listPartitions(db.pool))[0]?.endsMs
    await expect.poll(announced).toBe(Date.UTC(2027, 0, 1))
    const killed = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and query like '%event_earliest%'`
    await expect.poll(async () => (await db.pool.query(killed)).rowCount).toBeGreaterThan(0)
    expect(await split).toBe('unavailable')
    await reader.query('rollback')
    reader.release()
    expect(await shape()).toHaveLength(1)
    await add(project, [NOW])
    const refused = await add(project, [NOW + 400 * MS_PER_DAY]).catch((error) => classifyStoreError(error))
    expect(refused).toBe('busy')
    expect(await splitWhenDue(db, NOW, {})).toBe(true)
    await add(project, [NOW + 400 * MS_PER_DAY])
    expect(await timesOf(project)).toHaveLength(4)
    expect((await listPartitions(db.pool)).map(({ endsMs }) => endsMs)).toEqual([undefined, undefined])
  })

  it('that was interrupted for so long that its end is near is given up', async () => {
    const check = 'alter table event_earliest add constraint event_bounds check (time_ms < 5000000) not valid'
    await db.pool.query(check)
    expect(await splitWhenDue(db, 4_000_000, {})).toBe(false)
    await add(1, [5_000_000])
    expect(await shape()).toEqual(['event_earliest ∞ ∞'])
  })

  it('that waits for a reader lets others read and write meanwhile', async () => {
    const project = await addProject('one')
    const reader = await db.pool.connect()
    await reader.query('begin')
    await reader.query('select from event')
    let isMade = false
    const split = splitWhenDue(db, NOW, AT_ONCE).finally(() => {
      isMade = true
    })
    for (let times = 0; times < 40; times++) {
      await add(project, [times])
      await sleep(10)
    }
    expect(isMade).toBe(false)
    await reader.query('commit')
    reader.release()
    expect(await split).toBe(true)
    expect(await timesOf(project)).toHaveLength(40)
  })
})

const ALL = { minBytes: 0 }

/** Three partitions: until 2027, 2027, and from 2028 on. */
async function makeThree(): Promise<void> {
  await splitWhenDue(db, NOW, AT_ONCE)
  await splitWhenDue(db, Date.UTC(2027, 11, 28), AT_ONCE)
  expect(await shape()).toHaveLength(3)
}

describe('a partition is emptied', () => {
  const [IN_2026, IN_2027, IN_2028] = [Date.UTC(2026, 5, 1), Date.UTC(2027, 5, 1), Date.UTC(2028, 5, 1)]
  const times = [IN_2026, IN_2027, IN_2028]

  it.each([
    ['of a deleted project only', null, Date.UTC(2028, 0, 1), 0],
    ['that all its projects have kept long enough (IMP-21)', 200, Date.UTC(2028, 0, 1), 2],
    ['with one event that is kept for another day (IMP-21)', 579, Date.UTC(2028, 0, 1), 0],
  ])('%s', async (_what, days, nowMs, expected) => {
    const project = await addProject('kept', days)
    const gone = await addProject('gone')
    await makeThree()
    await add(project, times)
    await add(gone, times)
    await db.pool.query('insert into purge values ($1)', [gone])
    expect(await emptyDeadPartitions(db, nowMs, ALL)).toBe(expected)
    expect((await timesOf(project)).length).toBe(3 - expected)
    expect((await timesOf(gone)).length).toBe(3 - expected)
  })

  it.each([
    ['a project that keeps all', null],
    ['a project that keeps it longer', 3_650],
  ])('not if it has an event of %s', async (_what, days) => {
    const [expired, other] = [await addProject('expired', 1), await addProject('other', days)]
    await makeThree()
    await add(expired, times)
    await add(other, [IN_2027])
    expect(await emptyDeadPartitions(db, Date.UTC(2028, 0, 1), ALL)).toBe(1)
    expect(await timesOf(expired)).toEqual([String(IN_2027), String(IN_2028)])
    expect(await timesOf(other)).toEqual([String(IN_2027)])
  })

  it('of deleted projects without regard to the age of others', async () => {
    const [gone, other] = [await addProject('gone'), await addProject('other', 1)]
    await makeThree()
    await add(gone, times)
    await add(other, [IN_2027])
    await db.pool.query('insert into purge values ($1)', [gone])
    // Partitions without events are emptied as well.
    expect(await emptyDeadPartitions(db, undefined, ALL)).toBe(2)
    expect(await timesOf(gone)).toEqual([String(IN_2027)])
    expect(await timesOf(other)).toEqual([String(IN_2027)])
  })

  it('at once on the disk, and takes events again', async () => {
    const gone = await addProject('gone')
    const bytes = async () => (await listPartitions(db.pool))[0]?.bytes ?? 0
    const leastBytes = await bytes()
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
       select $1, n, 1, 0, 'e', n, 1, true, '{}' from generate_series(1, 5000) as n`,
      [gone],
    )
    await db.pool.query('insert into purge values ($1)', [gone])
    expect(await bytes()).toBeGreaterThan(leastBytes + 2 ** 20)
    await emptyDeadPartitions(db, 0, ALL)
    expect(await bytes()).toBe(leastBytes)
    await add(gone, [LEAST, 1, GREATEST])
    expect(await timesOf(gone)).toHaveLength(3)
  })

  it('not while it is in use, and nobody waits for that', async () => {
    const gone = await addProject('gone')
    await add(gone, [1])
    await db.pool.query('insert into purge values ($1)', [gone])
    const reader = await db.pool.connect()
    await reader.query('begin')
    await reader.query('select from event')
    expect(await emptyDeadPartitions(db, 0, ALL)).toBe(0)
    await reader.query('commit')
    reader.release()
    expect(await emptyDeadPartitions(db, 0, ALL)).toBe(1)
  })
})

describe('empty partitions whose time is over', () => {
  it('are joined, and events of their time are stored as before', async () => {
    const project = await addProject('one')
    await splitWhenDue(db, NOW, AT_ONCE)
    for (let year = 2027; year < 2032; year++) await splitWhenDue(db, Date.UTC(year, 11, 28), AT_ONCE)
    await add(project, [Date.UTC(2029, 1, 1)])
    expect(await shape()).toHaveLength(7)
    expect(await joinEmptyPartitions(db, Date.UTC(2032, 5, 1))).toBe(3)
    expect(await shape()).toEqual([
      'event_earliest ∞ 2029-01-01',
      'event_from_20290101 2029-01-01 2030-01-01',
      'event_from_20300101 2030-01-01 2032-01-01',
      'event_from_20320101 2032-01-01 ∞',
    ])
    await add(project, [
      LEAST,
      ...[2026, 2027, 2028, 2029, 2030, 2031, 2032].map((year) => Date.UTC(year, 3)),
    ])
    expect(await timesOf(project)).toHaveLength(9)
  })
})

/** Without projects and events, and with one partition. */
async function startAgain(): Promise<void> {
  const others = (await listPartitions(db.pool)).slice(1).map(({ name }) => `drop table ${name}`)
  const statements = [
    'truncate event, purge, project, service_account',
    ...others,
    'alter table event detach partition event_earliest',
    'alter table event attach partition event_earliest for values from (minvalue) to (maxvalue)',
  ]
  for (const statement of statements) await db.pool.query(statement)
}

/** On Citus each step takes a hundred times as long. */
const RUNS = CITUS_URL === undefined ? 30 : 6

describe('whatever is split, emptied and joined', () => {
  type Step =
    | { readonly kind: 'add'; readonly at: number; readonly times: readonly string[] }
    | { readonly kind: 'split'; readonly days: number; readonly isInUse: boolean }
    | { readonly kind: 'expire' | 'reset' | 'join' }
  const time = fc.oneof(
    fc.bigInt({ min: BigInt(LEAST), max: BigInt(GREATEST) }).map(String),
    fc.constantFrom(LEAST, GREATEST, '0', '-1'),
    fc.integer({ min: -900, max: 900 }).map((days) => String(NOW + days * MS_PER_DAY)),
    fc.integer({ min: 0, max: 30 }).map((month) => String(Date.UTC(2026, 9 + month))),
    fc.integer({ min: 0, max: 30 }).map((month) => String(Date.UTC(2026, 9 + month) - 1)),
  )
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        at: fc.nat(2),
        times: fc.array(time, { minLength: 1, maxLength: 8 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('split' as const), days: fc.nat(200), isInUse: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('expire' as const, 'reset' as const, 'join' as const) }),
    },
  )

  it('every event of any time is stored, and read until it is deleted (IMP-21)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
        await startAgain()
        const tokens = ['kept', 'expiring', 'reset']
        const ids = [await addProject('kept'), await addProject('expiring', 30), await addProject('reset')]
        const held = new Map(tokens.map((token) => [token, [] as string[]]))
        let nowMs = NOW
        for (const taken of steps) {
          if (taken.kind === 'add') {
            await add(ids[taken.at] ?? 0, taken.times)
            held.get(tokens[taken.at] ?? '')?.push(...taken.times)
          } else if (taken.kind === 'split') {
            nowMs += taken.days * MS_PER_DAY
            await splitWhenDue(db, nowMs, taken.isInUse ? IN_USE : AT_ONCE)
          } else if (taken.kind === 'join') {
            await joinEmptyPartitions(db, nowMs)
          } else if (taken.kind === 'expire') {
            await emptyDeadPartitions(db, nowMs, ALL)
          } else {
            await db.pool.query('insert into purge values ($1)', [ids[2]])
            await emptyDeadPartitions(db, undefined, ALL)
            ids[2] = await addProject(`reset ${Math.random()}`)
            held.set('reset', [])
          }
          const cutoff = nowMs - 30 * MS_PER_DAY
          for (const [index, token] of tokens.entries()) {
            // Emptying deletes expired events only, and may leave some.
            const shown = (times: readonly string[]) =>
              times.filter((text) => token !== 'expiring' || Number(text) >= cutoff).sort()
            expect(shown(await timesOf(ids[index] ?? 0))).toEqual(shown(held.get(token) ?? []))
          }
          const found = await listPartitions(db.pool)
          expect(found.map(({ fromMs }) => fromMs)).toEqual([
            undefined,
            ...found.slice(0, -1).map(({ toMs }) => toMs),
          ])
          expect(found.at(-1)?.toMs).toBeUndefined()
        }
      }),
      { numRuns: RUNS },
    )
  }, 240_000)
})
