import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { inTransaction } from '../../src/store/tx.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * A restart of the database fails the transactions in progress, and nothing else: an error without a listener would end
 * the process, and here the test run.
 */

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
let other: Db
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
  other = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
})
afterAll(async () => {
  await Promise.all([closeDatabase(db), closeDatabase(other)])
  await database.drop()
})

type Ask = (statement: string) => Promise<{ readonly rows: readonly object[] }>

const WAYS: Readonly<Record<string, (body: (ask: Ask) => Promise<void>) => Promise<void>>> = {
  inTransaction: (body) => inTransaction(db, (client) => body((text) => client.query(text))),
  'a transaction of kysely': (body) =>
    db.kysely.transaction().execute((tx) => body((text) => sql.raw<object>(text).execute(tx))),
}

async function endBackend(pid: unknown): Promise<void> {
  await other.pool.query('select pg_terminate_backend($1::integer)', [pid])
  const alive = 'select from pg_stat_activity where pid = $1'
  while (((await other.pool.query(alive, [pid])).rowCount ?? 0) > 0) await sleep(5)
}

describe.each(Object.entries(WAYS))('%s whose connection breaks (GEN-01)', (_name, inTx) => {
  it.each(['between two statements', 'during one'])('fails, and the next one works: %s', async (when) => {
    const broken = inTx(async (ask) => {
      const [backend] = (await ask('select pg_backend_pid() as pid')).rows as [{ pid: number }]
      const sleeping = when === 'during one' ? ask('select pg_sleep(60)') : undefined
      await Promise.all([sleeping, endBackend(backend.pid)])
      await ask('select 1')
    })
    await expect(broken).rejects.toThrow(/terminat|not queryable|ECONNRESET/)
    await inTx(async (ask) => expect((await ask('select 1 as one')).rows).toEqual([{ one: 1 }]))
  })
})
