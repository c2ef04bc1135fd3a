import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { closeDatabase, type Db, isReachable, openDatabase, readerOf } from '../../src/store/db.ts'
import { classifyStoreError, ReaderGone, StoreBusy } from '../../src/store/errors.ts'
import { inTransaction } from '../../src/store/tx.ts'
import { cloneDatabase } from '../support/database.ts'
import { until } from '../support/server-process.ts'

/* Readers share connections fairly, and statements whose result is no longer needed are cancelled. */

let database: Awaited<ReturnType<typeof cloneDatabase>>
let other: Db
beforeAll(async () => {
  database = await cloneDatabase()
  other = openDatabase({ connectionString: database.connectionString, maxConnections: 2 })
})
afterAll(async () => {
  await closeDatabase(other)
  await database.drop()
})

function open(options: Partial<Parameters<typeof openDatabase>[0]>): Db {
  const { connectionString } = database
  const db = openDatabase({ connectionString, maxConnections: 1, cancelBy: other, ...options })
  onTestFinished(() => closeDatabase(db))
  return db
}

/** The number of running statements that contain a mark. */
async function running(mark: string): Promise<number> {
  const text = `select count(*)::integer as n from pg_stat_activity where state = 'active' and query like $1`
  const { rows } = await other.pool.query<{ n: number }>(text, [`%${mark}%`])
  return rows[0]?.n ?? 0
}

const WAYS: Readonly<Record<string, (db: Db, mark: string) => Promise<unknown>>> = {
  'the pool': (db, mark) => db.pool.query(`select pg_sleep(30) /* ${mark} */`),
  kysely: (db, mark) => sql`select pg_sleep(30) ${sql.raw(`/* ${mark} */`)}`.execute(db.kysely),
  'a transaction': (db, mark) =>
    inTransaction(db, (client) => client.query(`select pg_sleep(30) /* ${mark} */`)),
}

describe.each(Object.entries(WAYS))('a statement by %s whose reader goes away', (way, run) => {
  it('is cancelled, and later statements are not affected', async () => {
    const db = open({})
    const mark = `cancelled by ${way}`
    const gone = new AbortController()
    const failed = expect(run(readerOf(db, 'a', gone.signal), mark)).rejects.toThrow()
    await until('the statement', () => running(mark).then((count) => count === 1))
    gone.abort()
    await failed
    await until('its end', () => running(mark).then((count) => count === 0))
    for (let n = 0; n < 5; n++) {
      expect((await db.pool.query<{ n: number }>('select 1 as n, pg_sleep(0.01)')).rows[0]?.n).toBe(1)
    }
  })

  it('leaves the queue if it has not started', async () => {
    const db = open({})
    const held = await db.pool.connect()
    const gone = new AbortController()
    const waiting = run(readerOf(db, 'a', gone.signal), `never ${way}`)
    const failed = expect(waiting).rejects.toThrow(ReaderGone)
    await until('it to wait', () => db.shared.waitingCount === 1)
    gone.abort()
    await failed
    expect(db.shared.waitingCount).toBe(0)
    await expect(run(readerOf(db, 'a', gone.signal), `never ${way}`)).rejects.toThrow(ReaderGone)
    held.release()
  })
})

describe('a reader that waits too long', () => {
  it('gets an error that the store is busy, not that it is unavailable', async () => {
    const db = open({ maxWaitMs: 20 })
    const held = await db.pool.connect()
    const error: unknown = await db.pool.query('select 1').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StoreBusy)
    expect(classifyStoreError(error)).toBe('busy')
    held.release()
    expect(await isReachable(db)).toBe(true)
  })

  it('gets an error that the store is unavailable if there is no database', async () => {
    const db = open({ connectionString: 'postgres://nobody@127.0.0.1:9/none', maxWaitMs: 20 })
    const error: unknown = await db.pool.query('select 1').catch((reason: unknown) => reason)
    expect(classifyStoreError(error)).toBe('unavailable')
  })

  it('continues to wait if its answer has begun', async () => {
    const db = open({ maxWaitMs: 20 })
    const reader = readerOf(db, 'a', new AbortController().signal)
    await reader.pool.query('select 1')
    const held = await db.pool.connect()
    const next = reader.pool.query<{ n: number }>('select 2 as n')
    await sleep(100)
    held.release()
    expect((await next).rows[0]?.n).toBe(2)
  })
})

describe('readers', () => {
  it('hold a limited number of connections each, and the spare one goes to a reader that holds none', async () => {
    const db = open({ maxConnections: 4, maxPerReader: 2, spareConnections: 1 })
    const [a, b, c] = ['a', 'b', 'c'].map((name) => readerOf(db, name))
    const held: { release(): void }[] = []
    const take = (reader: Db | undefined) => reader?.pool.connect().then((client) => held.push(client))
    const taking = [a, a, a, b, b, c].map(take)
    await until('four', () => held.length === 4)
    expect(db.shared.waitingCount).toBe(2)
    while (held.length > 0) {
      held.shift()?.release()
      await sleep(5)
    }
    await Promise.all(taking)
    expect([db.shared.waitingCount, db.shared.totalCount]).toEqual([0, 4])
  })

  it('keep their connection after a failed statement', async () => {
    const db = open({})
    const pidOf = async () =>
      (await db.pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid
    const pid = await pidOf()
    await expect(db.pool.query('select 1/0')).rejects.toThrow('division')
    expect(await pidOf()).toBe(pid)
  })
})
