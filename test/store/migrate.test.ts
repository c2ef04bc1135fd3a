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

  it('create an index of a partitioned table concurrently, partition by partition', async () => {
    const [{ pool }] = servers
    await pool.query(`
      create table parted (n integer) partition by range (n);
      create table parted_low partition of parted for values from (minvalue) to (9);
      create table parted_high partition of parted for values from (9) to (maxvalue);
      insert into parted values (9), (9)`)
    const unique = 'create unique index concurrently parted_high_by_n on parted_high (n)'
    await expect(pool.query(unique)).rejects.toThrow(/could not create unique index/)
    const index =
      '-- no transaction\ncreate index concurrently if not exists by_n\n  on parted (n) include (n);\n'
    await migrate(servers[0], [FIRST, INDEX, { name: '0003_parted', text: index }], never)
    const { rows: made } = await pool.query(
      `select inhrelid::regclass::text as name, indisvalid as valid from pg_inherits
       join pg_index on indexrelid = inhrelid where inhparent = 'by_n'::regclass order by 1`,
    )
    expect(made).toEqual([
      { name: 'parted_high_by_n', valid: true },
      { name: 'parted_low_by_n', valid: true },
    ])
    await pool.query(`delete from migration where name = '0003_parted'; drop table parted`)
  })

  it('of a newer version are refused', async () => {
    await expect(migrate(servers[0], [FIRST], never)).rejects.toThrow(/0002_index/)
  })
})
