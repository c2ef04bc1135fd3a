import type { PoolClient } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseExpression } from '../../src/core/segmentation/parse.ts'
import { Purger } from '../../src/maintenance/purger.ts'
import { countEvents } from '../../src/store/count-events.ts'
import { resetProject } from '../../src/store/projects.ts'
import { CITUS_URL } from '../support/citus.ts'
import { NOW_MS, startServer, type TestProject, type TestServer } from '../support/server.ts'

/*
 * A column must keep nothing of what was deleted, even if it is being filled meanwhile, by a statement that began when
 * the events were there.
 */

const ADMIN = 'the-admin-token'
const headers = { authorization: `Bearer ${ADMIN}` }

let server: TestServer
beforeAll(async () => {
  server = await startServer({ adminToken: ADMIN }, { connections: 8 })
})
afterAll(() => server.close())

const EVENTS = 51_000
const START = NOW_MS - 60_000

/** A project with enough events for a column, of which one user has every thousandth. */
async function makeProject(): Promise<TestProject> {
  const project = await server.createProject()
  await server.db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select $1, case when n % 1000 = 0 then 'U1' else 'other' end, $2::bigint + n, 0, 'view', n, 1, true,
            jsonb_build_object('name', case when n % 1000 = 0 then 'secret' else 'public' end)
     from generate_series(1, $3::integer) as n`,
    [project.records_id, START, EVENTS],
  )
  return project
}

function count({ records_id: id }: TestProject, property = 'name') {
  const on = parseExpression(`properties["${property}"]`, { nowMs: NOW_MS })
  if (!on.ok) throw new Error(on.error.problem)
  const period = { fromMs: START, toMs: START + 60_000 }
  const project = { id, idManagement: 'simplified' } as const
  const filter = { project, events: ['view'], timezone: 'UTC', isDeduplicated: true, ...period }
  return countEvents(server.db, filter, { type: 'general', unit: 'month', limit: 9, on: on.value })
}

async function partsWith(value: string, { records_id: id }: TestProject): Promise<number | null> {
  const text = `select from event_column_part where project_id = $1 and contents @> array[to_jsonb($2::text)]`
  return (await server.db.pool.query(text, [id, value])).rowCount
}

async function columnsOf({ records_id: id }: TestProject): Promise<readonly string[]> {
  const text = 'select property from event_column where project_id = $1 order by property'
  const { rows } = await server.db.pool.query<{ property: string }>(text, [id])
  return rows.map(({ property }) => property)
}

const isWaiting = (type: string, text: string) => async () => {
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    and wait_event = $1 and query like $2`
  return (await server.db.pool.query(waits, [type, text])).rowCount
}

/**
 * Runs something while the first part of a column has been read, but not written yet. Out: how many events the question
 * counted that fills it.
 */
async function whileFilled(project: TestProject, run: (release: () => Promise<void>) => Promise<void>) {
  await server.db.pool.query(
    `insert into event_column (project_id, event, property) values ($1, 'view', 'name')`,
    [project.records_id],
  )
  const holder: PoolClient = await server.db.pool.connect()
  // Its key is taken by a row that will not come.
  await holder.query('begin')
  await holder.query(
    `insert into event_column_part select project_id, column_id, $2, $2, '{}', '{}' from event_column where project_id = $1 and property = 'name'`,
    [project.records_id, START],
  )
  const counted = count(project)
  await expect
    .poll(isWaiting('transactionid', '%insert into event_column_part%'), { timeout: 20_000 })
    .toBe(1)
  await run(async () => {
    await holder.query('rollback')
    holder.release()
  })
  return (await counted).reduce((sum, row) => sum + row.count, 0)
}

/** On Citus nothing is kept apart from the events. */
const onOneServer = it.skipIf(CITUS_URL !== undefined)

onOneServer('an erasure leaves no value of its users in a column that is being filled (GDP-05)', async () => {
  const project = await makeProject()
  const counted = await whileFilled(project, async (release) => {
    const { token } = project
    const url = `/api/app/data-deletions/v3.0/?token=${token}`
    await server.send({ method: 'POST', url, headers, payload: { distinct_ids: ['U1'] } })
    const advanced = server.send({ method: 'POST', url: `/_twin/projects/${token}/advance`, headers })
    await expect.poll(isWaiting('advisory', '%'), { timeout: 20_000 }).toBe(1)
    await release()
    expect((await advanced).json().tasks).toMatchObject([{ status: 'SUCCESS' }])
  })
  expect(counted).toBeGreaterThan(0)
  expect(await partsWith('secret', project)).toBe(0)
  expect((await count(project)).map(({ segment, count: found }) => [segment, found])).toEqual([
    ['public', EVENTS - EVENTS / 1_000],
  ])
  expect(await partsWith('public', project)).toBeGreaterThan(1)
})

onOneServer('a reset leaves nothing in a column that is being filled, nor in one that was', async () => {
  const project = await makeProject()
  await count(project, 'other')
  const purger = new Purger(server.db, { everyMs: 1e6, onError: (error) => expect(error).toBeUndefined() })
  await whileFilled(project, async (release) => {
    await resetProject(server.db, project.project_id)
    await count(project, 'late')
    expect(await columnsOf(project)).toEqual(['name', 'other'])
    purger.start()
    // All but the column is deleted by then, and what is filled now would stay.
    await expect.poll(isWaiting('transactionid', '%delete from event_column %'), { timeout: 20_000 }).toBe(1)
    await release()
  })
  const isDone = async () => (await server.db.pool.query('select from purge')).rowCount
  await expect.poll(isDone, { timeout: 20_000 }).toBe(0)
  await purger.stop()
  for (const table of ['event_column', 'event_column_part']) {
    const rows = `select from ${table} where project_id = $1`
    expect((await server.db.pool.query(rows, [project.records_id])).rowCount).toBe(0)
  }
})
