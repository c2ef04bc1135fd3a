import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoredEvent } from '../../src/core/event.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { insertEvents } from '../../src/store/events.ts'
import { makeProjectsOfTokens } from '../../src/store/new-tokens.ts'
import { writeBatch } from '../../src/store/write-batch.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * Many events are written by COPY, in a binary format that we encode ourselves; few are written by an insert. The rows
 * must be the same.
 */

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
let project: { readonly id: number; readonly version: number }
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 4 })
  await makeProjectsOfTokens(
    db,
    [
      {
        token: 't',
        name: 'n',
        idManagement: 'simplified',
        timezone: 'UTC',
        settings: {},
        secretHash: Buffer.from('s'),
        similarTo: undefined,
      },
    ],
    { perMinute: 10, inAll: 10 },
  )
  project = (await db.pool.query('select id, version from project')).rows[0]
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

/** Enough for COPY. */
const MANY = 600

function eventOf(fields: Partial<StoredEvent>, index: number): StoredEvent {
  return {
    projectId: project.id,
    distinctId: 'charlie',
    event: 'Signed up',
    timeMs: 1_700_000_000_000 + index,
    insertId: `i${index}`,
    receivedAtMs: 1_700_000_000_001,
    sizeBytes: 10,
    isImported: true,
    propertiesJson: '{}',
    ...fields,
  }
}

const manyOf = (fields: Partial<StoredEvent>) =>
  Array.from({ length: MANY }, (_, index) => eventOf(fields, index))

const batchOf = (events: readonly StoredEvent[], projects = [project]) => ({
  events,
  verdicts: [],
  firstSeenIds: [],
  projects,
})

/** Reads all rows, in the order in which they were written, and deletes them. */
async function takeRows() {
  const columns = `project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported`
  const { rows } = await db.pool.query(`select ${columns}, properties::text from event order by seq`)
  await db.pool.query('truncate event')
  return rows
}

/** Text as it is after judging: without NUL and lone surrogates. */
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((sent) => sent.replaceAll('\0', '\uFFFD'))
const time = fc.integer({ min: -8.64e15, max: 8.64e15 })
const properties = fc
  .dictionary(text, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()))
  .map((values) => JSON.stringify(values))

/** Members as parts of a body with something before, between and behind them. */
const unread = fc.array(properties, { maxLength: 3 }).map((objects) => {
  const members = objects.map((json) => Buffer.from(json.slice(1, -1))).filter(({ length }) => length > 0)
  const body = Buffer.concat(members.flatMap((part) => [Buffer.from('…'), part]).concat(Buffer.from('…')))
  let at = 0
  const parts = members.flatMap(({ length }) => {
    const from = at + Buffer.byteLength('…')
    at = from + length
    return [from, at]
  })
  return { body, parts }
})

const anyEvent = fc.record({
  distinctId: text,
  event: text,
  insertId: text,
  timeMs: time,
  receivedAtMs: time,
  sizeBytes: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  isImported: fc.boolean(),
  propertiesJson: properties,
  unread,
})

describe('events written by COPY', () => {
  it('are the same rows as those of an insert', async () => {
    const batches = fc.array(anyEvent, { minLength: MANY, maxLength: MANY + 20 })
    await fc.assert(
      fc.asyncProperty(batches, async (sent) => {
        const events = sent.map(eventOf)
        await insertEvents(db.pool, events)
        const expected = await takeRows()
        expect(await writeBatch(db, batchOf(events), 0)).toEqual({ kind: 'done' })
        expect(await takeRows()).toEqual(expected)
        expect(expected).toHaveLength(events.length)
      }),
      { numRuns: 10 },
    )
  })

  it('may be larger than a piece', async () => {
    const long = JSON.stringify({ text: 'ä€😀'.repeat(100_000) })
    const events = [...manyOf({}), eventOf({ propertiesJson: long }, MANY), ...manyOf({})]
    await writeBatch(db, batchOf(events), 0)
    const rows = await takeRows()
    expect(rows).toHaveLength(2 * MANY + 1)
    expect(JSON.parse(rows[MANY].properties)).toEqual(JSON.parse(long))
  })

  it('are not written if the project has changed since', async () => {
    const stale = { ...project, version: project.version + 1 }
    expect(await writeBatch(db, batchOf(manyOf({}), [stale]), 0)).toEqual({ kind: 'stale' })
    expect(await takeRows()).toEqual([])
  })

  it('are all rolled back if Postgres refuses one, and the connection remains usable', async () => {
    const one = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
    const bad = [...manyOf({}), eventOf({ propertiesJson: '{"a":"\\u0000"}' }, MANY), ...manyOf({})]
    const pid = async () => (await one.pool.query('select pg_backend_pid() as pid')).rows[0].pid
    const before = await pid()
    await expect(writeBatch(one, batchOf(bad), 0)).rejects.toThrow(/unsupported Unicode escape/)
    expect(await pid()).toBe(before)
    expect(await writeBatch(one, batchOf(manyOf({})), 0)).toEqual({ kind: 'done' })
    expect(await takeRows()).toHaveLength(MANY)
    await closeDatabase(one)
  })

  it('are all rolled back if the connection breaks, and the error is reported', async () => {
    const one = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
    const { rows } = await one.pool.query('select pg_backend_pid() as pid')
    const other = await db.pool.connect()
    await other.query('begin; lock table event in share mode')
    const written = writeBatch(one, batchOf(manyOf({})), 0).then(
      () => 'written',
      () => 'failed',
    )
    const waits = `select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`
    await expect.poll(async () => (await db.pool.query(waits, [rows[0].pid])).rowCount).toBe(1)
    await db.pool.query('select pg_terminate_backend($1::integer)', [rows[0].pid])
    expect(await written).toBe('failed')
    await other.query('rollback')
    other.release()
    expect(await takeRows()).toEqual([])
    expect(await writeBatch(one, batchOf(manyOf({})), 0)).toEqual({ kind: 'done' })
    await closeDatabase(one)
  })
})
