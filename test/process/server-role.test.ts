import { Client } from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { createCluster } from '../../src/embedded-postgres/create-cluster.ts'
import { prepareDataDir } from '../../src/embedded-postgres/data-dir.ts'
import { type ClusterAlone, ClustersAlone, contextFor, urlFor } from '../support/cluster-alone.ts'
import { MAKE_EARLIER_DATA, snapshotOf } from '../support/earlier-data.ts'
import { initialisedDataDir } from '../support/prepared-data.ts'
import { ServerProcesses } from '../support/server-process.ts'

const servers = new ServerProcesses()
const clusters = new ClustersAlone()
afterEach(async () => {
  await clusters.stop()
  await servers.clean()
})

/** What a statement gives, or the code of its error; the code of the refusal where the role may not log in. */
async function tell(url: string, statement: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<{ told: unknown }>(statement)).rows.map(({ told }) => told)
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  } finally {
    await client.end().catch(() => undefined)
  }
}

const [denied, wrongPassword] = ['42501', '28P01']

describe("the role of the server's connections", () => {
  it('owns its database, and is nobody beyond it', async () => {
    const dataDir = await initialisedDataDir(servers)
    await servers.start({ TWINPANEL_DATA_DIR: dataDir }).url()
    const url = await urlFor('twinpanel_server', dataDir)
    const attributes = `select to_jsonb(r) - array['oid', 'rolpassword'] as told from pg_roles r where rolname = current_user`
    expect(await tell(url, attributes)).toEqual([
      expect.objectContaining({
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        rolbypassrls: false,
      }),
    ])
    expect(
      await tell(url, `select 1 as told from pg_auth_members where member = current_user::regrole`),
    ).toEqual([])
    for (const statement of [
      `copy (select 1) to program 'true'`,
      `copy (select 1) to '/tmp/twinpanel-written'`,
      `create temporary table t (a text); copy t from '/etc/passwd'`,
      `select pg_read_file('postmaster.pid') as told`,
      `select lo_import('/etc/passwd') as told`,
      `select pg_ls_dir('.') as told`,
      'create role other superuser',
      'create database other',
      'alter role twinpanel_server superuser',
      'set role twinpanel',
      'set session authorization twinpanel',
      `alter system set work_mem = '1GB'`,
      `load '/tmp/library.so'`,
      'create function f() returns void language c as $$/tmp/library.so$$, $$f$$',
      'select passwd as told from pg_shadow',
    ]) {
      expect(await tell(url, statement), statement).toBe(denied)
    }
    expect(await tell(url, 'create table mine (a int); drop table mine')).not.toBe(denied)
  })

  it('is the only one that can log in, and not from its password alone the superuser', async () => {
    const dataDir = await initialisedDataDir(servers)
    await servers.start({ TWINPANEL_DATA_DIR: dataDir }).url()
    expect(await tell(await urlFor('twinpanel', dataDir), 'select 1 as told')).toBe(wrongPassword)
    const roles = 'select rolname as told from pg_roles where rolcanlogin'
    expect(await tell(await urlFor('twinpanel_server', dataDir), roles)).toEqual(['twinpanel_server'])
  })
})

/** A data directory with a new cluster in it, whose server was ended before it made the role. */
async function makeUnfinished(dataDir: string): Promise<ClusterAlone> {
  const context = await contextFor(dataDir)
  expect(await prepareDataDir(context.layout)).toMatchObject({ ok: true })
  expect(await createCluster(context)).toMatchObject({ ok: true })
  return await clusters.start(dataDir, 'twinpanel')
}

describe('a cluster that has not been given the role yet', { timeout: 120_000 }, () => {
  it('is given it at the next start', async () => {
    const dataDir = servers.newDataDir()
    await (await makeUnfinished(dataDir)).postmaster.stop()
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir, LOG_LEVEL: 'error' })
    expect(await server.url()).toMatch(/^http/)
    expect(await tell(await urlFor('twinpanel_server', dataDir), 'select 1 as told')).toEqual([1])
    expect(await tell(await urlFor('twinpanel', dataDir), 'select 1 as told')).toBe(wrongPassword)
  })

  it('whose server was killed is taken over from the Postgres that was left', async () => {
    const dataDir = servers.newDataDir()
    await makeUnfinished(dataDir)
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await server.url()).toMatch(/^http/)
    expect(server.stderr()).toContain('the Postgres it left is being stopped')
    expect(await tell(await urlFor('twinpanel_server', dataDir), 'select 1 as told')).toEqual([1])
  })

  it('is left as it was when something is in the way, which is told', async () => {
    const dataDir = servers.newDataDir()
    const { postmaster, url: superuser } = await makeUnfinished(dataDir)
    await tell(superuser, 'create role twinpanel_server')
    await postmaster.stop()
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toMatch(
      /role for the server could not be made: .*role "twinpanel_server" already exists/,
    )
    const alone = await clusters.start(dataDir, 'twinpanel')
    expect(await tell(alone.url, 'drop role twinpanel_server')).toEqual([])
    await alone.postmaster.stop()
    expect(await servers.start({ TWINPANEL_DATA_DIR: dataDir }).url()).toMatch(/^http/)
  })

  it('and has tables, made before version 0.1.0, is refused and left as it was', async () => {
    const dataDir = servers.newDataDir()
    const { postmaster, url: superuser } = await makeUnfinished(dataDir)
    await tell(superuser, MAKE_EARLIER_DATA)
    const before = await snapshotOf(superuser)
    await postmaster.stop()
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir, LOG_LEVEL: 'error' })
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stderr()).toMatch(
      /^The data in .* was created by Twinpanel before version 0\.1\.0, .*\.\n$/,
    )
    const alone = await clusters.start(dataDir, 'twinpanel')
    expect(await snapshotOf(alone.url)).toEqual(before)
  })
})
