import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseExpression } from '../../src/core/segmentation/parse.ts'
import { listValues } from '../../src/store/breakdowns.ts'
import { countEvents, sumEvents } from '../../src/store/count-events.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { insertProject } from '../../src/store/projects.ts'
import { deleteExpired } from '../../src/store/retention.ts'
import { CITUS_URL } from '../support/citus.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * Values of properties that are kept apart from the events: every answer is the one that the events themselves give,
 * whatever is not kept, and what they save is counted in blocks.
 */

const HOUR = 3_600_000
const START = Date.UTC(2026, 7, 20)
const HOURS = 48
/** Enough for a column. */
const EVENTS = 51_000
/** Of these, the value of the property is too long to be kept. */
const LONG = EVENTS / 1_000

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
let projectId = 0
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 4 })
  const secretHash = Buffer.from('p')
  const added = { token: 'p', name: 'p', idManagement: 'simplified', timezone: 'UTC', settings: {} } as const
  const project = await insertProject(db, { ...added, secretHash }, { username: 'p', secretHash })
  projectId = project?.id ?? 0
  await addEvents(0, EVENTS)
  // Without events of another name, reading the table would be less than reading the index.
  await addEvents(0, 2 * EVENTS, VALUE, 'other')
  // Commits do not wait for the log in tests, and until it is written vacuum does not know them.
  await db.pool.query('checkpoint')
  await db.pool.query('vacuum (analyze) event')
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

/** Values of every type, by the number of an event; some are equal as numbers, or nearly equal as texts. */
const VALUE = `(array[
  '{"kind":"a"}', '{"kind":"b"}', '{}', '{"kind":null}', '{"kind":1}', '{"kind":1.0}', '{"kind":1.50}', '{"kind":"1"}',
  '{"kind":true}', '{"kind":"true"}', '{"kind":["x",1]}', '{"kind":{"y":[2]}}', '{"kind":""}', '{"kind":"null"}',
  '{"kind":-0.0}', '{"kind":1e400}', '{"kind":"ünï"}', '{"kind":"2026-08-20T10:00:00"}'
]::jsonb[])[1 + n % 18]`

/** Adds events in the order of their times, each tenth of them with a long text. */
async function addEvents(from: number, count: number, properties = VALUE, event = 'view'): Promise<void> {
  await db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select $1, 'u' || n % 500, $2::bigint + n::bigint * $3 / 60000, 0, $6, n, 1, true,
            ${properties} || jsonb_build_object('amount', n % 7) ||
            case when n % 10 = 0 then jsonb_build_object('text', repeat('x', 1200)) else '{}' end ||
            case when n % 1000 = 7 then jsonb_build_object('kind', repeat(n % 3 || 'y', 700)) else '{}' end
     from generate_series($4::integer, $5::integer - 1) as n`,
    [projectId, START, HOURS * HOUR, from, from + count, event],
  )
}

function parse(text: string) {
  const parsed = parseExpression(text, { nowMs: START })
  if (!parsed.ok) throw new Error(parsed.error.problem)
  return parsed.value
}

const KIND = parse('properties["kind"]')
const filterOf = (more: object = {}) => ({
  project: { id: projectId, idManagement: 'simplified' as const },
  events: ['view'],
  timezone: 'UTC',
  isDeduplicated: true,
  fromMs: START,
  toMs: START + HOURS * HOUR,
  ...more,
})

/** Counts by one property. */
async function countBy(property: string, more: object = {}) {
  const on = parse(`properties["${property}"]`)
  return await countEvents(db, filterOf(more), { unit: 'hour', limit: 100, on, type: 'general' })
}

/** Counts, sums and values by a property: in the whole period, in a part of it, and where it has some values. */
async function ask() {
  const part = { fromMs: START + 90 * 60_000, toMs: START + 46 * HOUR }
  const where = parse(
    '"x" in properties["kind"] or properties["amount"] > 3 or not defined(properties["kind"])',
  )
  const some = filterOf({ ...part, where })
  const product = parse('properties["amount"] * number(properties["kind"])')
  const sums = await sumEvents(db, filterOf(), { unit: 'day', on: product })
  return {
    counts: await countBy('kind'),
    users: await countEvents(db, some, { unit: 'day', limit: 9, on: KIND, type: 'unique' }),
    sums: sums.toSorted((one, other) => one.bucket.localeCompare(other.bucket)),
    values: await listValues(db, filterOf({ where: parse('defined(properties["kind"])') }), KIND, 100),
  }
}

/** The answers of the events themselves. */
async function askEvents() {
  const isFit = (is: boolean) =>
    db.pool.query(`update event_column set is_fit = $2 where project_id = $1 and property <> 'text'`, [
      projectId,
      is,
    ])
  await isFit(false)
  const answers = await ask()
  await isFit(true)
  return answers
}

/** The number of values that are kept of each property. */
async function kept(): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.pool.query<{ property: string; kept: number }>(
    `select property, coalesce(sum(cardinality(seqs)), 0)::integer as kept
     from event_column left join event_column_part using (project_id, column_id)
     where project_id = $1 group by property order by property`,
    [projectId],
  )
  return Object.fromEntries(rows.map(({ property, kept: count }) => [property, count]))
}

async function blocks(): Promise<{ heap: number; index: number }> {
  await Promise.all([1, 2, 3, 4].map(() => db.pool.query('select pg_stat_force_next_flush()')))
  const { rows } = await db.pool.query<{ heap: number; index: number }>(
    `select (heap_blks_hit + heap_blks_read)::integer as heap, (idx_blks_hit + idx_blks_read)::integer as index
     from pg_statio_user_tables where relname = 'event_earliest'`,
  )
  return rows[0] ?? { heap: 0, index: 0 }
}

/** On Citus nothing is kept apart. */
describe.skipIf(CITUS_URL !== undefined)('columns', () => {
  it('are not made for a period with few events', async () => {
    await countBy('kind', { fromMs: START + 2 * HOUR })
    expect(await kept()).toEqual({})
  })

  it('are not needed: where nothing can be written, the events are read', async () => {
    const name = new URL(database.connectionString).pathname.slice(1)
    await db.pool.query(`alter database ${name} set default_transaction_read_only = on`)
    const writable = db
    db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
    const counts = await countBy('kind')
    await closeDatabase(db)
    db = writable
    await db.pool.query(`alter database ${name} reset default_transaction_read_only`)
    expect(await kept()).toEqual({})
    expect(counts).toEqual(await countBy('kind'))
  })

  it('give the answers of the events, whatever the type of a value (QRY-15)', async () => {
    const first = await ask()
    expect(await kept()).toEqual({ amount: EVENTS, kind: EVENTS - LONG })
    expect(await ask()).toEqual(first)
    expect(await askEvents()).toEqual(first)
    expect(first.counts.map(({ segment }) => segment)).toEqual(
      expect.arrayContaining(['1.50', '1', '1.0', 'null']),
    )
  })

  it('are read in place of the events', async () => {
    await countBy('amount')
    const before = await blocks()
    await countBy('amount')
    const { heap, index } = await blocks()
    expect(heap - before.heap).toBeLessThan(50)
    expect(index - before.index).toBeGreaterThan(500)
  })

  it('are filled by one of several questions at a time, and all are answered', async () => {
    const answers = await Promise.all([countBy('other'), countBy('other'), countBy('other')])
    for (const answer of answers) expect(answer).toEqual(answers[0])
    await countBy('other')
    expect(await kept()).toMatchObject({ other: EVENTS })
  })

  it('are given up if many values are long', async () => {
    const first = await countBy('text')
    expect(await kept()).toMatchObject({ text: 0 })
    const { rows } = await db.pool.query(`select is_fit from event_column where property = 'text'`)
    expect(rows).toEqual([{ is_fit: false }])
    expect(await countBy('text')).toEqual(first)
  })

  it('do not hide events that came later than others of their time, nor copies, nor links (DDP-02, IDS-20)', async () => {
    // Begun before the others, and committed after the columns were filled.
    const late = await db.pool.connect()
    await late.query('begin')
    await late.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
       select $1, 'late', $2, 0, 'view', 'late' || n, 1, true, '{"kind":"late"}' from generate_series(1, 10) as n`,
      [projectId, START + HOUR],
    )
    await addEvents(EVENTS, 2_100)
    await countBy('kind')
    await late.query('commit')
    late.release()
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
       select project_id, case when seq % 2 = 0 then distinct_id else 'd' || distinct_id end, time_ms, 0, event, insert_id, 1,
              true, '{"kind":"copy","amount":5}'
       from event where project_id = $1 and seq % 600 < 2`,
      [projectId],
    )
    await db.pool.query(
      `insert into identity (project_id, distinct_id, canonical, first_seen_seq)
       select $1, 'du' || n, 'u' || n, n from generate_series(0, 499) as n`,
      [projectId],
    )
    const answers = await ask()
    expect(answers).toEqual(await askEvents())
    expect(answers.counts).toContainEqual({ segment: 'late', bucket: '2026-08-20 01:00:00', count: 10 })
    expect(await kept()).toMatchObject({ kind: EVENTS + 2_100 - LONG - 3 })
  })

  it('are read again where many events came later', async () => {
    await addEvents(0, 1_000, `'{"kind":"again"}'`)
    await db.pool.query(`update event_column set asked_at = now() - interval '2 minutes'`)
    const answers = await ask()
    expect((await kept())['kind']).toBeGreaterThan(EVENTS + 3_000)
    expect(answers).toEqual(await askEvents())
  })

  it('keep nothing of the events that a project no longer keeps (IMP-21)', async () => {
    const endMs = START + 30 * HOUR
    let last: Parameters<typeof deleteExpired>[3]
    do last = await deleteExpired(db, { projectId, days: 1 }, endMs + 24 * HOUR, last)
    while (last !== undefined)
    const expired = 'select from event_column_part where project_id = $1 and from_ms < $2'
    expect((await db.pool.query(expired, [projectId, endMs])).rowCount).toBe(0)
    const rest = 'select from event_column_part where project_id = $1'
    expect((await db.pool.query(rest, [projectId])).rowCount).toBeGreaterThan(0)
  })

  it('are at most 16 of a project: that asked for longest ago goes', async () => {
    await db.pool.query('delete from event_column where project_id = $1', [projectId])
    await db.pool.query(
      `insert into event_column (project_id, event, property, asked_at)
       select $1, 'view', 'p' || n, now() - n * interval '1 hour' from generate_series(1, 18) as n`,
      [projectId],
    )
    await db.pool.query(
      `insert into event_column_part select project_id, column_id, 0, 1, '{}', '{}' from event_column where project_id = $1`,
      [projectId],
    )
    await addEvents(0, EVENTS)
    await countBy('kind')
    const { kind, ...others } = await kept()
    expect(kind).toBeGreaterThan(EVENTS)
    expect(Object.keys(others).toSorted()).toEqual(
      Array.from({ length: 15 }, (_, at) => `p${at + 1}`).toSorted(),
    )
    const parts = 'select distinct column_id from event_column_part where project_id = $1 and to_ms = 1'
    expect((await db.pool.query(parts, [projectId])).rowCount).toBe(15)
  })
})
