import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { createDatabase } from '../support/database.ts'
import { NOW_S, startServer, type TestProject, type TestServer, trackJson } from '../support/server.ts'

/*
 * After a failover, or a restored backup, the server's connections lead to a database that may lack what was committed
 * last. What the server remembers of the former one must not replace what is missing.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** On Citus, on every node. */
async function asAdmin(...statements: readonly string[]): Promise<void> {
  const { adminUrl, workerUrls } = inject('testDatabases')
  for (const connectionString of [adminUrl, ...workerUrls]) {
    const client = new Client({ connectionString })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
}

function databaseName(): string {
  return new URL(server.db.shared.raw.options.connectionString ?? '').pathname.slice(1)
}

const cutOff = (name: string) =>
  `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`

/** A copy of the server's database. */
async function copyDatabase(name: string): Promise<void> {
  await asAdmin(cutOff(databaseName()))
  const { adminUrl, workerUrls } = inject('testDatabases')
  await createDatabase(adminUrl, databaseName(), { name, workerUrls })
}

/** Puts a database in the place of the server's. */
async function replaceBy(name: string): Promise<void> {
  const current = databaseName()
  await asAdmin(
    cutOff(current),
    `alter database ${current} rename to ${name}_former`,
    `alter database ${name} rename to ${current}`,
    `drop database ${name}_former with (force)`,
  )
}

async function send({ token }: TestProject, event: string, ids: object): Promise<string> {
  const properties = { token, time: NOW_S, ...ids }
  const answer = await server.send(trackJson([{ event, properties }]))
  return answer.body
}

/** What is known of identities. */
async function known({ records_id: id }: TestProject): Promise<readonly string[]> {
  const { rows } = await server.db.pool.query<{ fact: string }>(
    `select distinct_id || ' of ' || canonical as fact from identity where project_id = $1
     union all select from_id || ' to ' || to_id from identity_link where project_id = $1
     order by 1`,
    [id],
  )
  return rows.map(({ fact }) => fact)
}

const BOTH = { distinct_id: 'U1', $device_id: 'D1', $user_id: 'U1' }

it('writes the links and first-seen ids that an older database does not have (IDS-03, IDO-01)', async () => {
  const simplified = await server.createProject()
  const original = await server.createProject({ id_management: 'original' })
  const copy = `${databaseName()}_copy`
  await copyDatabase(copy)
  const projects = [simplified, original]
  // The first connection may be one that the copy has broken.
  while ((await send(simplified, 'warm', {})) !== '1');
  for (const project of projects) expect(await send(project, 'link', BOTH)).toBe('1')
  for (const project of projects) expect(await send(project, 'again', BOTH)).toBe('1')
  const before = await Promise.all(projects.map(known))
  expect(before.map((facts) => facts.length > 0)).toEqual([true, true])
  const generation = server.db.shared.generation
  await replaceBy(copy)
  while ((await send(simplified, 'warm', {})) !== '1');
  expect(server.db.shared.generation).toBeGreaterThan(generation)
  expect(await Promise.all(projects.map(known))).toEqual([[], []])
  for (const project of projects) expect(await send(project, 'link', BOTH)).toBe('1')
  expect(await Promise.all(projects.map(known))).toEqual(before)
})
