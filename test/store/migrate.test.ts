import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createEmptyDatabase } from '../support/database.ts'

/* Migrations of large databases take longer than any other statement may, and can be interrupted. */

let database: Awaited<ReturnType<typeof createEmptyDatabase>>
let servers: readonly [Db, Db]
beforeAll(async () => {
  database = await createEmptyDatabase()
  const { connectionString } = database
  const open = () => openDatabase({ connectionString, maxConnections: 2, lockTimeoutMs: 300 })
  servers = [open(), open()]
  // The limit of statements, made short.
  for (const { shared } of servers) Object.assign(shared.raw.options, { statement_timeout: 300 })
})
afterAll(async () => {
  await Promise.all(servers.map(closeDatabase))
  await database.drop()
})

const never = () => undefined
const FIRST = { name: '0001_a', text: 'create table a (n integer); select pg_sleep(0.6);' }
const INDEX = {
  name: '0002_index',
  text: '-- no transaction\n-- Why.\ncreate index concurrently if not exists a_by_n on a (n);\nselect pg_sleep(0.6);\n',
}

async function rows(statement: string): Promise<number> {
  return (await servers[0].pool.query(statement)).rowCount ?? 0
}

describe('migrations', () => {
  it('may take longer than other statements, while another server waits for them', async () => {
    await Promise.all(servers.map((db) => migrate(db, [FIRST], never)))
    expect(await rows('select from migration')).toBe(1)
    await expect(servers[0].pool.query('select pg_sleep(0.6)')).rejects.toThrow(/statement timeout/)
  })

  it('all together leave nothing if one fails', async () => {
    const added = { name: '0002_b', text: 'create table b ()' }
    const fails = { name: '0003_c', text: 'create table a ()' }
    await expect(migrate(servers[0], [FIRST, added, fails], never)).rejects.toThrow(/already exists/)
    expect(await rows(`select where to_regclass('b') is not null`)).toBe(0)
  })

  it('without a transaction create an index concurrently, and again after an interruption', async () => {
    await servers[0].pool.query('insert into a values (1), (1)')
    const unique = 'create unique index concurrently a_by_n on a (n)'
    await expect(servers[0].pool.query(unique)).rejects.toThrow(/could not create unique index/)
    const invalid = 'select from pg_index where not indisvalid'
    expect(await rows(invalid)).toBe(1)
    await Promise.all(servers.map((db) => migrate(db, [FIRST, INDEX], never)))
    expect(await rows(invalid)).toBe(0)
    expect(await rows(`select where to_regclass('a_by_n') is not null`)).toBe(1)
    expect(await rows('select from migration')).toBe(2)
  })

  it('of a newer version are refused', async () => {
    await expect(migrate(servers[0], [FIRST], never)).rejects.toThrow(/0002_index/)
  })
})
