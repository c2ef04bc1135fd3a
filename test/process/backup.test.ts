import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { createDatabase, createEmptyDatabase } from '../support/database.ts'
import { findDumpTools, majorVersionOf, startPostgresOf } from '../support/dump-tools.ts'
import { blocksOf } from '../support/examples.ts'
import { initialisedDataDir } from '../support/prepared-data.ts'
import { ServerProcesses } from '../support/server-process.ts'

/* The commands of docs/operations.md, section “Backup and restore”, and what a server on the restored data has. */

const servers = new ServerProcesses()
afterEach(() => servers.clean())

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
const [, section = ''] = /^## Backup and restore\n(.*?)^## /ms.exec(page) ?? []
const commands = blocksOf(section, 'sh')
const tools = await findDumpTools()

/** The command that begins with a program, or has it after its variables. */
function commandWith(...parts: readonly string[]): string {
  const found = commands.filter((command) => parts.every((part) => command.includes(part)))
  expect(found, parts.join()).toHaveLength(1)
  return found[0] ?? ''
}

async function run(command: string, folder: string, env: Readonly<Record<string, string>> = {}) {
  const path = [tools?.directory, process.env['PATH']].filter(Boolean).join(':')
  await promisify(execFile)('sh', ['-ec', command], { cwd: folder, env: { PATH: path, ...env } })
}

/** A project with all that is stored, in one of the identity systems. */
async function fill(url: string, id_management: 'simplified' | 'original'): Promise<string> {
  const { projects } = createClient({ url })
  const { token, project_id, secret } = await projects.create({ name: id_management, id_management })
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })
    expect(answer.status, path).toBe(200)
  }
  const track = (event: string, properties: object, at: number) =>
    post('/track', [
      { event, properties: { token, $insert_id: `${event}-${at}`, time: Date.now() - at, ...properties } },
    ])
  await track('Viewed', { $device_id: 'D1' }, 5_000)
  const link = id_management === 'simplified' ? { $device_id: 'D1', $user_id: 'charlie' } : {}
  await track('Signed up', { distinct_id: 'charlie', plan: 'π\u{1f600}', ...link }, 4_000)
  const ids = { $identified_id: 'charlie', $anon_id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' }
  await track('$identify', { distinct_id: 'charlie', ...ids }, 3_000)
  // Neither is stored; both are told.
  await track('Old', { distinct_id: 'charlie' }, 6 * 86_400_000)
  await track('$create_alias', { distinct_id: 'charlie', alias: '' }, 1_000)
  await post('/engage', [
    { $token: token, $distinct_id: 'charlie', $set: { plan: 'pro', list: [1, { a: null }] } },
  ])
  await post('/groups', [{ $token: token, $group_key: 'company', $group_id: 'acme', $set: { seats: 3 } }])
  const project = createClient({ url }).project(token)
  await project.lookupTables.create({ name: 'Accounts', id: 'accounts' })
  const replaced = await fetch(`${url}/lookup-tables/accounts?project_id=${project_id}`, {
    method: 'PUT',
    headers: { 'content-type': 'text/csv', authorization: `Basic ${btoa(`${secret}:`)}` },
    body: 'id,name\n1,Acme\n2,"Ümläut, Inc"\n',
  })
  expect(replaced.status).toBe(200)
  return token
}

/** All that the API shows of a project. */
async function read(url: string, token: string): Promise<object> {
  const project = createClient({ url }).project(token)
  const text = async (path: string) => (await fetch(`${url}/_twin/projects/${token}/${path}`)).text()
  return {
    events: await text('export/events'),
    profiles: await text('export/profiles'),
    users: await project.users.list(),
    charlie: await project.users.get('charlie'),
    verdicts: await project.verdicts.list(),
    newest: await project.events(),
    tables: await project.lookupTables.get('accounts'),
    project: await (await fetch(`${url}/_twin/projects/${token}`)).json(),
    clients: await project.clients(),
  }
}

/** What the server on the restored data is asked, and does, beside what it has. */
async function goOn(url: string, token: string): Promise<void> {
  const project = createClient({ url }).project(token)
  const before = { ...(await project.events()), ...(await project.verdicts.list()) }
  const track = async (event: string, properties: object) => {
    const body = JSON.stringify([{ event, properties: { token, ...properties } }])
    expect(await (await fetch(`${url}/track`, { method: 'POST', body })).text()).toBe('1')
  }
  await track('After', { distinct_id: 'charlie' })
  await track('Linked after', { $device_id: 'D2', $user_id: 'charlie', distinct_id: 'charlie' })
  // One more of each row that takes a number of a sequence.
  await track('Old', { distinct_id: 'charlie', time: Date.now() - 6 * 86_400_000 })
  const { events } = await project.events()
  const added = events.slice(before.events.length).map(({ event }) => event)
  expect(added.toSorted()).toEqual(['After', 'Linked after'])
  const { verdicts } = await project.verdicts.list()
  expect(verdicts.length).toBeGreaterThan(before.verdicts.length)
  const { project_id } = await createClient({ url }).projects.create({ name: 'After' })
  expect(project_id).toBeGreaterThan(1_000_002)
}

/** Fills two projects, has their server's data moved by `move`, and compares. */
async function expectMoved(url: string, move: () => Promise<string>): Promise<void> {
  const tokens = [await fill(url, 'simplified'), await fill(url, 'original')]
  const before = await Promise.all(tokens.map((token) => read(url, token)))
  expect(JSON.stringify(before)).toContain('Signed up')
  const moved = await move()
  for (const [at, token] of tokens.entries()) {
    expect(await read(moved, token)).toEqual(before[at])
    await goOn(moved, token)
  }
}

describe('the commands of docs/operations.md', { timeout: 180_000 }, () => {
  it('copy a data directory, on which a server has everything, and goes on', async () => {
    const dataDir = await initialisedDataDir(servers)
    const folder = dirname(dataDir)
    const own = (command: string) => command.replaceAll('.twinpanel', dataDir)
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    await expectMoved(await server.url(), async () => {
      server.child.kill('SIGTERM')
      await server.ended
      await run(own(commandWith('cp -a')), folder)
      return await servers.start({ TWINPANEL_DATA_DIR: join(folder, 'twinpanel-backup') }).url()
    })
  })

  it.skipIf(tools === undefined)(
    'dump a database while a server uses it, and restore it into another, where a server has everything and goes on',
    async ({ skip }) => {
      let { adminUrl } = inject('testDatabases')
      if ((tools?.major ?? 0) < (await majorVersionOf(adminUrl))) {
        if (!tools?.hasServer) return skip('no pg_dump is new enough')
        const postgres = await startPostgresOf(tools)
        servers.onClean(() => postgres.stop())
        adminUrl = postgres.adminUrl
      }
      const [first, second] = await Promise.all([1, 2].map(() => createDatabase(adminUrl, 'template0')))
      const folder = dirname(servers.newDataDir())
      const start = (DATABASE_URL = '') => servers.start({ DATABASE_URL }).url()
      for (const database of [first, second]) servers.onClean(async () => database?.drop())
      await expectMoved(await start(first?.connectionString), async () => {
        await run(commandWith('pg_dump', 'DATABASE_URL'), folder, {
          DATABASE_URL: first?.connectionString ?? '',
        })
        await run(commandWith('pg_restore'), folder, { NEW_DATABASE_URL: second?.connectionString ?? '' })
        return await start(second?.connectionString)
      })
    },
  )

  it.skipIf((tools?.major ?? 0) < 18)(
    'dump the embedded database while its server runs, and restore it into another Postgres',
    async () => {
      const dataDir = await initialisedDataDir(servers)
      const folder = dirname(dataDir)
      const database = await createEmptyDatabase()
      servers.onClean(() => database.drop())
      const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
      await expectMoved(await server.url(), async () => {
        await run(commandWith('pg_dump', 'twinpanel_server').replaceAll('.twinpanel', dataDir), folder)
        const NEW_DATABASE_URL = database.connectionString
        await run(commandWith('pg_restore'), folder, { NEW_DATABASE_URL })
        return await servers.start({ DATABASE_URL: NEW_DATABASE_URL }).url()
      })
    },
  )
})
