import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compactDay } from '../../src/store/compaction.ts'
import { findProject } from '../../src/store/projects.ts'
import { NOW_S, startServer, type TestProject, type TestServer, trackJson } from '../support/server.ts'

/* A compaction of many events takes long: it holds up nothing, and may run twice at once. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const DAY = new Date(NOW_S * 1_000).toISOString().slice(0, 10)

/** Stores `copies` copies of each of `count` events, a second apart, the first of them under a device. */
async function insertCopies({ records_id: id }: TestProject, count: number, copies: number): Promise<void> {
  await server.db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select $1, case copy when 1 then '$device:D1' else 'U1' end, $2::bigint - copy * 1000, 0, 'e', n::text, 10, false,
            jsonb_build_object('copy', copy)
     from generate_series(1, $3::integer) as copy, generate_series(1, $4::integer) as n order by copy`,
    [id, NOW_S * 1_000, copies, count],
  )
}

async function left({ records_id: id }: TestProject) {
  const { rows } = await server.db.pool.query<{ copy: string; count: number }>(
    `select properties ->> 'copy' as copy, count(*)::integer as count from event
     where project_id = $1 and event = 'e' group by 1 order by 1`,
    [id],
  )
  return rows
}

async function compact({ token }: TestProject) {
  return await server.send({ method: 'POST', url: `/_twin/projects/${token}/compact` })
}

describe('a compaction', () => {
  it('waits for no change of identities, and holds up none (DDP-04, IDS-03)', async () => {
    const project = await server.createProject()
    await insertCopies(project, 5, 2)
    const holder = await server.db.pool.connect()
    await holder.query('begin')
    await holder.query('select pg_advisory_xact_lock(7001, $1)', [project.records_id])
    expect((await compact(project)).json()).toEqual({ days: 1, removed: 0 })
    await holder.query('rollback')
    holder.release()
    const properties = { token: project.token, $device_id: 'D1', $user_id: 'U1', time: NOW_S }
    await server.send(trackJson([{ event: 'link', properties }]))
    expect((await compact(project)).json()).toEqual({ days: 1, removed: 5 })
  })

  it('in slices, by several servers at once, keeps of all copies the last (DDP-04)', async () => {
    const project = await server.createProject()
    const properties = { token: project.token, $device_id: 'D1', $user_id: 'U1', time: NOW_S }
    await server.send(trackJson([{ event: 'link', properties }]))
    await insertCopies(project, 7_000, 4)
    const found = await findProject(server.db, { publicId: project.project_id })
    if (found === undefined) throw new Error('no project')
    // The first two slices have more to delete than is read at once.
    const all = await Promise.all([20_000, 5_000].map((events) => compactDay(server.db, found, DAY, events)))
    expect(all.reduce((sum, count) => sum + count)).toBe(21_000)
    expect(await left(project)).toEqual([{ copy: '4', count: 7_000 }])
  })
})
