import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { Horizon } from '../../src/read/stream/horizon.ts'
import { readNumbering } from '../../src/store/arrivals.ts'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { findSlowRecovery, finishCommits } from '../../src/store/late-commits.ts'
import { CITUS_URL, databaseOf } from '../support/citus.ts'
import {
  NOW_MS,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'
import { StreamReader } from '../support/stream.ts'

/* Commits that are decided, and of which a worker that was lost has yet to do its part. */

const USER = 'U1'

describe.skipIf(CITUS_URL === undefined)('a commit during which a worker was lost', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.close())
  const urlOf = () => server.db.shared.raw.options.connectionString ?? ''

  async function connect(url: string): Promise<Client> {
    const client = new Client({ connectionString: url })
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }

  /** The worker that has the rows of an id, its number in the cluster, and their table. */
  async function findPlace(of: 'event' | 'identity', id: string) {
    const { rows } = await server.db.pool.query<{ table: string; group: number; port: number }>(
      `select $1 || '_' || shardid as table, groupid as group, nodeport as port
       from pg_dist_placement join pg_dist_node using (groupid)
       where shardid = get_shard_id_for_distribution_column($1::text::regclass, $2::text)`,
      [of, id],
    )
    const [place] = rows
    if (place === undefined) throw new Error('no shard has the id')
    const worker = inject('testDatabases').workerUrls.find((url) => Number(new URL(url).port) === place.port)
    return { ...place, worker: databaseOf(worker ?? '', new URL(urlOf()).pathname.slice(1)) }
  }

  /**
   * Decides a commit of one event, which takes its number before `meanwhile`, and leaves it prepared on the worker. Nobody
   * recovers while its entry is being made.
   */
  async function decide({ records_id: id }: TestProject, event: string, meanwhile: () => Promise<unknown>) {
    const place = await findPlace('event', USER)
    const coordinator = await connect(urlOf())
    await coordinator.query('begin')
    const { rows } = await coordinator.query(`select nextval('event_seq_seq') as seq`)
    await meanwhile()
    const insert = `
      insert into ${place.table} (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes,
                                  is_imported, properties, seq)
      values ($1, $2, $3, $3, $4, $4, 1, false, '{}', $5)`
    await leavePrepared(coordinator, place, insert, [id, USER, NOW_MS, event, rows[0].seq])
  }

  /** The same of the link of a device to the user. */
  async function decideLink({ records_id: id }: TestProject, device: string) {
    const place = await findPlace('identity', device)
    const coordinator = await connect(urlOf())
    await coordinator.query('begin')
    const insert = `
      insert into ${place.table} (project_id, distinct_id, canonical, first_seen_seq, rekeyed_seq, linked_at_ms)
      values ($1, $2, $3, 1, 1, $4)`
    await leavePrepared(coordinator, place, insert, [id, device, USER, NOW_MS])
  }

  /** Ends the transaction of the coordinator. In: a statement of the worker, with its values. */
  async function leavePrepared(
    coordinator: Client,
    { group, worker }: { readonly group: number; readonly worker: string },
    insert: string,
    values: readonly unknown[],
  ) {
    const onWorker = await connect(worker)
    const gid = `citus_0_1_${BigInt(`0x${randomBytes(6).toString('hex')}`)}_1`
    await coordinator.query('lock table pg_dist_transaction in share row exclusive mode')
    await coordinator.query('insert into pg_dist_transaction (groupid, gid) values ($1, $2)', [group, gid])
    await onWorker.query('set citus.enable_manual_changes_to_shards = on; begin')
    await onWorker.query(insert, [...values])
    await onWorker.query(`prepare transaction '${gid}'`)
    await coordinator.query('commit')
  }

  const track = ({ token }: TestProject, event: string) =>
    server.send(trackJson([{ event, properties: { token, distinct_id: USER, time: NOW_S } }]))

  it('is finished by the server, whatever the settings of Citus are', async () => {
    const project = await server.createProject()
    await decide(project, 'late', async () => undefined)
    expect(await finishCommits(server.db)).toMatchObject({ first: undefined })
    expect((await server.readEvents(project.token)).map(({ event }) => event)).toEqual(['late'])
  })

  it('stays late for a role that may not finish it, is not passed over, and a slow recovery is told', async () => {
    const project = await server.createProject()
    const role = `twinpanel_test_${randomBytes(6).toString('hex')}`
    const { pool } = server.db
    await pool.query(`create role ${role}`)
    await pool.query(`grant select on all sequences in schema public to ${role}`)
    const url = new URL(urlOf())
    url.searchParams.set('options', `-c role=${role}`)
    const db = openDatabase({ connectionString: url.href, maxConnections: 1 })
    const horizon = new Horizon()
    const look = async () => horizon.observe(await readNumbering(db)).event
    try {
      let before = 0n
      await decide(project, 'late', async () => {
        await pool.query(`alter system set citus.recover_2pc_interval = '1h'`)
        await pool.query('select pg_reload_conf()')
        await expect.poll(() => findSlowRecovery(db)).toBe('1h')
        before = (await readNumbering(db)).last.event
        await track(project, 'next')
        await look()
      })
      expect(await look()).toBeLessThan(before)
      expect(await findSlowRecovery(server.db)).toBeUndefined()
      expect(await finishCommits(server.db)).toMatchObject({ first: undefined })
      expect(await look()).toBe(before + 1n)
    } finally {
      await pool.query('alter system reset citus.recover_2pc_interval')
      await pool.query('select pg_reload_conf()')
      await closeDatabase(db)
      await pool.query(`drop owned by ${role}; drop role ${role}`)
    }
  })

  it('is awaited by whoever decides about its ids after a loss (IDS-07)', async () => {
    const project = await server.createProject()
    await decideLink(project, '$device:D1')
    server.db.shared.noteLoss()
    const properties = { token: project.token, $device_id: 'D1', $user_id: 'U2', time: NOW_S }
    expect((await server.send(trackJson([{ event: 'e', properties }]))).body).toBe('1')
    const { rows } = await server.db.pool.query(
      'select distinct_id, canonical from identity where project_id = $1',
      [project.records_id],
    )
    expect(rows).toEqual([{ distinct_id: '$device:D1', canonical: USER }])
  })

  it('is not passed over by a stream, which tells its events before later ones', async () => {
    // A server that listens also finishes commits in the background.
    const origin = await server.app.listen({ host: '127.0.0.1', port: 0 })
    const project = await server.createProject()
    const reader = await StreamReader.open(origin, `/_twin/projects/${project.token}/stream`)
    onTestFinished(() => reader.close())
    await expect.poll(() => reader.lastId).not.toBe('')
    await decide(project, 'late', () => track(project, 'next'))
    await reader.first(2)
    expect(reader.of('event').map(({ data }) => data['event'])).toEqual(['late', 'next'])
  })
})
