import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  NOW_MS,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/* Verdicts that are added when verdicts are read: none is missed, none holds up anything, and they are bounded, too. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

async function codes({ token }: TestProject): Promise<readonly string[]> {
  const answer = await server.send({ url: `/_twin/projects/${token}/verdicts?limit=1000` })
  return answer.json().verdicts.map(({ code }: { code: string }) => code)
}

async function sendCopy({ token }: TestProject, insertId = 'i') {
  const properties = { token, $user_id: 'U1', $insert_id: insertId, time: NOW_S }
  expect((await server.send(trackJson([{ event: 'e', properties }]))).body).toBe('1')
}

async function within(run: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await server.db.pool.connect()
  await client.query('begin')
  try {
    await run(client)
  } finally {
    await client.query('rollback')
    client.release()
  }
}

describe('verdicts on duplicates', () => {
  it('are told of an event that has its number, and is committed after a search (DDP-03)', async () => {
    const project = await server.createProject()
    await sendCopy(project)
    await within(async (client) => {
      // A number alone is no change yet: the transaction has no id that a snapshot would show.
      const { rows } = await client.query<{ seq: string }>(`select nextval('event_seq_seq') as seq`)
      expect(await codes(project)).toEqual([])
      await client.query(
        `insert into event (project_id, distinct_id, time_ms, seq, received_at_ms, event, insert_id, size_bytes,
                            is_imported, properties)
         overriding system value
         select project_id, distinct_id, time_ms, $2, received_at_ms, event, insert_id, size_bytes, is_imported, properties
         from event where project_id = $1`,
        [project.records_id, rows[0]?.seq],
      )
      await client.query('commit')
    })
    expect(await codes(project)).toEqual(['dedup.hidden_duplicate'])
  })

  it('are searched while another server adds some (DDP-03, DEC-06)', async () => {
    const project = await server.createProject()
    await sendCopy(project)
    await within(async (client) => {
      await client.query('select pg_advisory_xact_lock(7002, $1)', [project.records_id])
      expect(await codes(project)).toEqual([])
    })
  })

  it('are bounded as all others are (VRD-01)', async () => {
    const project = await server.createProject()
    await server.db.pool.query(
      `insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids)
       select $1, $2, '/track', 'dropped', 'event.ignored', 'info', '{}', '{}' from generate_series(1, 10000)`,
      [project.records_id, NOW_MS],
    )
    for (const id of ['i', 'i', 'j', 'j']) await sendCopy(project, id)
    await codes(project)
    const { rows } = await server.db.pool.query<{ code: string; count: number }>(
      'select code, count(*)::integer as count from verdict where project_id = $1 group by code order by code',
      [project.records_id],
    )
    expect(rows).toEqual([
      { code: 'dedup.hidden_duplicate', count: 2 },
      { code: 'event.ignored', count: 9_998 },
    ])
  })
})
