import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitWhenDue } from '../../src/store/split-partition.ts'
import { CITUS_URL } from '../support/citus.ts'
import { isAnyWaiting, onNodes, onTables } from '../support/nodes.ts'
import {
  NOW_MS,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * A deletion of a user with many events takes long. It must not hold up the commits of the project meanwhile, and must
 * neither lose its progress nor count as finished if it fails half-way.
 */

const ADMIN = 'the-admin-token'
const headers = { authorization: `Bearer ${ADMIN}` }

let server: TestServer
beforeAll(async () => {
  server = await startServer({ adminToken: ADMIN }, { connections: 8 })
})
afterAll(() => server.close())

/** Stores events of a user, one per ms. */
async function insertEvents({ records_id: id }: TestProject, count: number, more = {}): Promise<void> {
  const row = { distinct_id: 'U1', event: 'e', properties: {}, ...more }
  await server.db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select $1, $2, $3::bigint + n, 0, $4, n::text, 10, false, $5 from generate_series(1, $6::integer) as n`,
    [id, row.distinct_id, NOW_MS - 100_000, row.event, row.properties, count],
  )
}

async function countEvents({ records_id: id }: TestProject): Promise<number> {
  const { rows } = await server.db.pool.query<{ count: number }>(
    'select count(*)::integer as count from event where project_id = $1',
    [id],
  )
  return rows[0]?.count ?? -1
}

async function send({ token }: TestProject, event: string, ids: object) {
  return await server.send(trackJson([{ event, properties: { token, time: NOW_S, ...ids } }]))
}

async function askToErase({ token }: TestProject, ...distinct_ids: readonly string[]): Promise<string> {
  const url = `/api/app/data-deletions/v3.0/?token=${token}`
  const answer = await server.send({ method: 'POST', url, headers, payload: { distinct_ids } })
  return answer.json<{ results: { task_id: string } }>().results.task_id
}

async function advance({ token }: TestProject) {
  return await server.send({ method: 'POST', url: `/_twin/projects/${token}/advance`, headers })
}

async function statusOf({ token }: TestProject, id: string): Promise<string> {
  const url = `/api/app/data-deletions/v3.0/${id}/?token=${token}`
  return (await server.send({ url, headers })).json<{ results: { status: string } }>().results.status
}

/** Runs something while another connection has locked the user's last event, once the deletion waits for it. */
async function whileItWaits(project: TestProject, run: (holder: PoolClient) => Promise<void>) {
  const holder = await server.db.pool.connect()
  await holder.query('begin')
  await holder.query(
    `select from event where project_id = $1 and distinct_id = 'U1' order by time_ms desc limit 1 for update`,
    [project.records_id],
  )
  const advanced = advance(project)
  while (!(await isAnyWaiting(server.db))) await sleep(5)
  await run(holder)
  await holder.query('rollback')
  holder.release()
  expect((await advanced).json().tasks).toMatchObject([{ status: 'SUCCESS' }])
}

describe('a deletion of many events', () => {
  it('holds up no commit of the project, and deletes what came meanwhile (GDP-05, IDS-03)', async () => {
    const project = await server.createProject()
    await insertEvents(project, 25_000)
    await insertEvents(project, 10, { distinct_id: 'U2' })
    await askToErase(project, 'U1')
    await whileItWaits(project, async () => {
      const linked = send(project, 'link', { $device_id: 'D1', $user_id: 'U1' })
      expect(await Promise.race([linked.then(({ body }) => body), sleep(2_000, 'waits')])).toBe('1')
      await send(project, 'of the device', { $device_id: 'D1' })
    })
    expect(await countEvents(project)).toBe(10)
  })

  it('with more than a chunk that came meanwhile deletes that, too (GDP-05)', async () => {
    const project = await server.createProject()
    await insertEvents(project, 11_000)
    await askToErase(project, 'U1')
    await whileItWaits(project, () => insertEvents(project, 30_000))
    expect(await countEvents(project)).toBe(0)
  })

  // Partitions are not split on Citus.
  it.skipIf(CITUS_URL !== undefined)(
    'waits while a split moves events to another partition, and deletes these, too (GDP-05)',
    async () => {
      const project = await server.createProject()
      await insertEvents(project, 5)
      await server.db.pool.query(
        `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
       select $1, 'U1', $2::bigint + n, 0, 'e', n, 1, true, '{}' from generate_series(1, 5) as n`,
        [project.records_id, NOW_MS + 800 * 86_400_000],
      )
      await askToErase(project, 'U1')
      const reader = await server.db.pool.connect()
      await reader.query('begin; lock table only event in access share mode')
      const split = splitWhenDue(server.db, NOW_MS, { openBytes: 0 })
      const hasMoved = `select from pg_locks where locktype = 'advisory' and classid = 7003 and granted
      and database = (select oid from pg_database where datname = current_database())`
      await expect.poll(async () => (await server.db.pool.query(hasMoved)).rowCount).toBe(1)
      const advanced = advance(project)
      await reader.query('commit')
      reader.release()
      expect(await split).toBe(true)
      expect((await advanced).json().tasks).toMatchObject([{ status: 'SUCCESS' }])
      expect(await countEvents(project)).toBe(0)
    },
  )

  it('deletes the overflow of hot shards, also what came meanwhile (GDP-05, TRK-39)', async () => {
    const settings = { hot_shard_limit: 1 }
    const project = await server.createProject({ settings })
    const overflow = (of: string) => ({
      distinct_id: '',
      event: '$hotshard_events',
      properties: { mp_original_distinct_id: of },
    })
    await insertEvents(project, 12_000, overflow('U1'))
    await insertEvents(project, 20, overflow('U2'))
    await insertEvents(project, 10)
    await askToErase(project, 'U1')
    await whileItWaits(project, async () => {
      await send(project, 'more', { $user_id: 'U1' })
    })
    expect(await countEvents(project)).toBe(20)
  })

  it('that fails half-way stays started, and goes on where it was (GDP-04)', async () => {
    const project = await server.createProject()
    await insertEvents(project, 25_000)
    const id = await askToErase(project, 'U1')
    const { db } = server
    const refuse = `create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`
    await onNodes(db, refuse)
    const onTable = (table: string) => `
      create trigger refuse before delete on ${table} for each row when (old.insert_id = '24000')
        execute function refuse()`
    await onTables(db, 'event', onTable)
    expect((await advance(project)).statusCode).toBe(500)
    expect(await statusOf(project, id)).toBe('STARTED')
    expect(await countEvents(project)).toBe(5_000)
    await onNodes(db, 'drop function refuse cascade')
    expect((await advance(project)).json().tasks).toMatchObject([{ tracking_id: id, status: 'SUCCESS' }])
    expect(await countEvents(project)).toBe(0)
  })
})
