import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { CITUS_URL } from '../support/citus.ts'
import { onNodes, onTables } from '../support/nodes.ts'
import { importJson, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/* While a worker cannot be reached, nothing is acknowledged that is not stored. */

describe.skipIf(CITUS_URL === undefined)('a worker that cannot be reached', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.close())

  /** A connection to the first worker: its database, under another name, is as good as away. */
  async function onWorker(...statements: readonly string[]): Promise<void> {
    const client = new Client({ connectionString: inject('testDatabases').workerUrls[0] })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }

  async function whileAway(run: () => Promise<void>): Promise<void> {
    const name = new URL(server.db.shared.raw.options.connectionString ?? '').pathname.slice(1)
    const cutOff = `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname in ('${name}', '${name}_away')`
    // A daemon of Citus may come back in between.
    const rename = () => onWorker(cutOff, `alter database ${name} rename to ${name}_away`)
    await vi.waitFor(rename, { timeout: 20_000 })
    try {
      await run()
    } finally {
      await onWorker(`alter database ${name}_away rename to ${name}`)
    }
  }

  it('is answered 503 with Retry-After, never 1, and what is sent again then is stored once (DEC-08)', async () => {
    const { token } = await server.createProject()
    const records = Array.from({ length: 40 }, (_, at) => ({
      event: 'a',
      properties: { token, time: NOW_S, distinct_id: `U${at}`, $insert_id: `i${at}` },
    }))
    const one = (await server.send(trackJson(records.slice(0, 1)))).body
    expect(one).toBe('1')
    await whileAway(async () => {
      const answer = await server.send(trackJson(records))
      expect(answer.statusCode).toBe(503)
      expect(answer.headers['retry-after']).toBeDefined()
      const read = await server.send({ url: `/_twin/projects/${token}/events` })
      expect(read.statusCode).toBe(503)
    })
    await expect.poll(async () => (await server.send(trackJson(records))).body).toBe('1')
    const found = (await server.readEvents(token)).map((event) => event.distinct_id).toSorted()
    expect(found).toEqual(records.map(({ properties }) => properties.distinct_id).toSorted())
  })
  it('is answered 503 if it is shut down during the COPY of a large import, which passes on no SQLSTATE (DEC-08)', async () => {
    const { token } = await server.createProject()
    const records = Array.from({ length: 600 }, (_, at) => ({
      event: 'a',
      properties: { time: NOW_S, distinct_id: `U${at}`, $insert_id: `i${at}` },
    }))
    await onNodes(
      server.db,
      `create function shut_down() returns trigger language plpgsql as $body$
         begin
           raise exception 'terminating connection due to administrator command' using errcode = 'admin_shutdown';
         end
       $body$`,
    )
    const shutDown = (table: string) =>
      `create trigger shut_down before insert on ${table} for each row execute function shut_down()`
    await onTables(server.db, 'event', shutDown)
    const answer = await server.send(importJson(token, records))
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBeDefined()
    await onNodes(server.db, 'drop function shut_down cascade')
    expect((await server.send(importJson(token, records))).statusCode).toBe(200)
    expect(await server.readEvents(token)).toHaveLength(600)
  })
})
