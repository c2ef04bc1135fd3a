import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Purger } from '../../src/maintenance/purger.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { purgeNext } from '../../src/store/purge.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * The records of reset and deleted projects are deleted by whichever server is there. What is left after the purge of a
 * project is left for ever, so none may be taken for finished while it has rows.
 */

let database: Awaited<ReturnType<typeof cloneDatabase>>
let servers: readonly [Db, Db, Db]
beforeAll(async () => {
  database = await cloneDatabase()
  const open = () => openDatabase({ connectionString: database.connectionString, maxConnections: 2 })
  servers = [open(), open(), open()]
})
afterAll(async () => {
  await Promise.all(servers.map(closeDatabase))
  await database.drop()
})

async function insertEvents(projectId: number, count: number): Promise<void> {
  await servers[0].pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select $1, 'u' || n % 7, n % 1000, 0, 'e', n::text, 10, false, '{}' from generate_series(1, $2::integer) as n`,
    [projectId, count],
  )
}

/** Schedules a purge of a project with `count` events of some users, and a tenth as many profiles. */
async function abandon(projectId: number, count: number): Promise<void> {
  await insertEvents(projectId, count)
  const [{ pool }] = servers
  await pool.query(
    `insert into profile select $1, '', n::text, '{}' from generate_series(1, $2::integer) as n`,
    [projectId, count / 10],
  )
  await pool.query('insert into purge values ($1)', [projectId])
}

/** Rows of a project, and whether its purge is still scheduled. */
async function left(projectId: number) {
  const { rows } = await servers[0].pool.query<{ events: number; profiles: number; purges: number }>(
    `select (select count(*) from event where project_id = $1)::integer as events,
            (select count(*) from profile where project_id = $1)::integer as profiles,
            (select count(*) from purge where project_id = $1)::integer as purges`,
    [projectId],
  )
  return rows[0]
}

async function purgeAll(db: Db): Promise<void> {
  let at = await purgeNext(db)
  while (at !== undefined) at = await purgeNext(db, at)
}

const NOTHING = { events: 0, profiles: 0, purges: 0 }

describe('a purge', () => {
  it('leaves no row, however many servers purge at once', async () => {
    for (let round = 1; round <= 3; round++) {
      await abandon(round, 35_000)
      await Promise.all(servers.map((db) => purgeAll(db)))
      // Those that found it taken have left it to the one that has it.
      expect(await left(round)).toEqual(NOTHING)
    }
  })

  it('does not wait for the purge of another project that a server holds', async () => {
    const [holder, other] = servers
    await abandon(11, 10)
    await abandon(12, 10)
    const client = await holder.pool.connect()
    await client.query('begin; select from purge where project_id = 11 for update')
    await purgeAll(other)
    expect(await left(11)).toEqual({ events: 10, profiles: 1, purges: 1 })
    expect(await left(12)).toEqual(NOTHING)
    await client.query('rollback')
    client.release()
    await purgeAll(other)
    expect(await left(11)).toEqual(NOTHING)
  })

  it('is not over while a row is left, wherever it appeared', async () => {
    await abandon(21, 25_000)
    let at = await purgeNext(servers[0])
    while (at !== undefined && at.table < 3) at = await purgeNext(servers[0], at)
    await insertEvents(21, 1)
    while (at !== undefined) at = await purgeNext(servers[0], at)
    expect(await left(21)).toEqual(NOTHING)
  })

  it('goes on with what another server has left, without being asked', async () => {
    const purger = new Purger(servers[2], { onError: () => undefined, everyMs: 20 })
    purger.start()
    await abandon(31, 10)
    for (let tries = 0; tries < 100 && (await left(31))?.purges === 1; tries++) await sleep(20)
    await purger.stop()
    expect(await left(31)).toEqual(NOTHING)
  })
})
