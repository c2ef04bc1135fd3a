import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { FIRST_PLACE, readSeenPage } from '../../src/store/seen-users.ts'
import { CITUS_URL } from '../support/citus.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'

/* How often the coordinator asks the workers for one answer: as it says itself. */

const USERS = 300
const PROJECT = { id: 101, idManagement: 'simplified', settings: DEFAULT_SETTINGS } as const

describe.skipIf(CITUS_URL === undefined)('on Citus', () => {
  let database: TestDatabase
  let db: Db
  let sent = 0
  beforeAll(async () => {
    database = await cloneDatabase()
    const url = new URL(database.connectionString)
    url.searchParams.set('options', '-c citus.log_remote_commands=on -c client_min_messages=notice')
    db = openDatabase({ connectionString: url.href, maxConnections: 1 })
    db.shared.raw.on('connect', (client) =>
      client.on('notice', ({ message }) => {
        if (message?.startsWith('issuing') === true) sent++
      }),
    )
    // Each user has a device, and two events.
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                          properties)
       select $1, case n % 2 when 0 then 'u' else '$device:' end || n / 2, n, n, 'a', n::text, 1, false, '{}'
       from generate_series(0, 2 * $2::integer - 1) as n`,
      [PROJECT.id, USERS],
    )
    await db.pool.query(
      `insert into identity (project_id, distinct_id, canonical, first_seen_seq)
       select $1, '$device:' || n, 'u' || n, n from generate_series(0, $2::integer - 1) as n`,
      [PROJECT.id, USERS],
    )
  })
  afterAll(async () => {
    await closeDatabase(db)
    await database.drop()
  })

  it('the users seen last are found with a few questions to each shard, not one for each user', async () => {
    const before = sent
    const { users } = await readSeenPage(db, PROJECT, FIRST_PLACE, 5)
    expect(users.map(({ canonical, lastMs }) => [canonical, lastMs])).toEqual(
      [299, 298, 297, 296, 295].map((n) => [`u${n}`, 2 * n + 1]),
    )
    expect(sent - before).toBeGreaterThan(0)
    expect(sent - before).toBeLessThan(USERS / 2)
  })
})
