import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { chooseAccount } from '../../src/embedded-postgres/account.ts'
import { findBinaries } from '../../src/embedded-postgres/binaries.ts'
import type { Context } from '../../src/embedded-postgres/context.ts'
import { createCluster } from '../../src/embedded-postgres/create-cluster.ts'
import { prepareDataDir } from '../../src/embedded-postgres/data-dir.ts'
import { layoutOf } from '../../src/embedded-postgres/layout.ts'
import { readPidFile } from '../../src/embedded-postgres/pid-file.ts'
import { type Postmaster, spawnPostmaster } from '../../src/embedded-postgres/postmaster.ts'
import { defaultSettings } from '../../src/embedded-postgres/settings.ts'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { migrateToLatest } from '../../src/store/migrate.ts'
import { ServerProcesses, until } from '../support/server-process.ts'

const servers = new ServerProcesses()
const postmasters: Postmaster[] = []
afterEach(async () => {
  for (const postmaster of postmasters.splice(0)) await postmaster.stop()
  await servers.clean()
})

/** The URL of a data directory's Postgres for one of its roles, with the password that the server has. */
async function urlFor(role: string, dataDir: string, port?: number): Promise<string> {
  const layout = layoutOf(dataDir)
  const password = (await readFile(layout.passwordFile, 'utf8')).trim()
  return `postgres://${role}:${password}@127.0.0.1:${port ?? (await readPidFile(layout))?.port}/postgres`
}

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
    const dataDir = servers.newDataDir()
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
    const dataDir = servers.newDataDir()
    await servers.start({ TWINPANEL_DATA_DIR: dataDir }).url()
    expect(await tell(await urlFor('twinpanel', dataDir), 'select 1 as told')).toBe(wrongPassword)
    const roles = 'select rolname as told from pg_roles where rolcanlogin'
    expect(await tell(await urlFor('twinpanel_server', dataDir), roles)).toEqual(['twinpanel_server'])
  })
})

/** What it takes to run Postgres on a data directory without a server. */
async function contextFor(dataDir: string): Promise<Context> {
  const layout = layoutOf(dataDir)
  const [binaries, account] = await Promise.all([findBinaries(), chooseAccount(layout)])
  if (!binaries.ok || !account.ok) throw new Error('there are no programs, or nobody to run them')
  return {
    layout,
    binaries: binaries.value,
    account: account.value,
    handsOverDirectories: false,
    settings: defaultSettings,
    forTests: false,
    log: { debug: () => undefined, warn: () => undefined, error: () => undefined },
    onWaiting: undefined,
    signal: undefined,
  }
}

/** Runs Postgres without a server; `superuser` is its URL. */
async function startAlone(
  dataDir: string,
): Promise<{ readonly postmaster: Postmaster; readonly superuser: string }> {
  const postmaster = await spawnPostmaster(await contextFor(dataDir))
  postmasters.push(postmaster)
  const superuser = await urlFor('twinpanel', dataDir, postmaster.port)
  await until('Postgres', async () => Array.isArray(await tell(superuser, 'select 1 as told')))
  return { postmaster, superuser }
}

/** A data directory as servers made it before there was the role, with what people may have added: all is the superuser's. */
async function makeOlder(dataDir: string): ReturnType<typeof startAlone> {
  const context = await contextFor(dataDir)
  expect(await prepareDataDir(context.layout)).toMatchObject({ ok: true })
  expect(await createCluster(context)).toMatchObject({ ok: true })
  const alone = await startAlone(dataDir)
  const db = openDatabase({
    connectionString: alone.superuser,
    maxConnections: 1,
    onIdleError: () => undefined,
  })
  await migrateToLatest(db)
  await db.pool.query(`
    insert into project (token, name, id_management, secret_hash, timezone, settings)
      values ('old', 'made before', 'simplified', 'x', 'UTC', '{}');
    create schema "Own things";
    create type "Own things".colour as enum ('red');
    create type "Own things".pair as (a integer, b text);
    create domain public.price as numeric;
    create view public.seen as select 1 as a;
    create materialized view public.kept as select 1 as a;
    create sequence public.counter;
    create function public.two(a integer, b text) returns integer language sql return 2;
    create aggregate public.total (integer) (sfunc = int4pl, stype = integer);
    create table "Own things"."Table" (id serial, at int generated always as identity, c "Own things".colour);
    create statistics "Own things".together on id, at from "Own things"."Table";
  `)
  await closeDatabase(db)
  return alone
}

/** What the superuser owns that is not the system's own. */
const leftovers = `
  select pg_describe_object(classid, objid, objsubid) as told
  from pg_shdepend where refobjid = 'twinpanel'::regrole and deptype = 'o'
  union all select relname from pg_class where oid >= 16384 and relowner = 'twinpanel'::regrole and relnamespace <> 'pg_toast'::regnamespace
  union all select proname from pg_proc where oid >= 16384 and proowner = 'twinpanel'::regrole
  union all select typname from pg_type where oid >= 16384 and typowner = 'twinpanel'::regrole
  union all select nspname from pg_namespace where oid >= 16384 and nspowner = 'twinpanel'::regrole
  union all select stxname from pg_statistic_ext where stxowner = 'twinpanel'::regrole`

describe('a data directory from before there was the role', { timeout: 120_000 }, () => {
  it('is given to it at the first start, and opened as before at the next', async () => {
    const dataDir = servers.newDataDir()
    await (await makeOlder(dataDir)).postmaster.stop()
    for (const round of ['first', 'next']) {
      const server = servers.start({ TWINPANEL_DATA_DIR: dataDir, LOG_LEVEL: 'error' })
      const projects = await (await fetch(`${await server.url()}/_twin/projects`)).text()
      expect(projects, round).toContain('made before')
      const url = await urlFor('twinpanel_server', dataDir)
      expect(await tell(url, leftovers)).toEqual([])
      expect(await tell(url, 'drop schema "Own things" cascade; create schema "Own things"')).not.toBe(denied)
      expect(await tell(await urlFor('twinpanel', dataDir), 'select 1 as told')).toBe(wrongPassword)
      server.child.kill('SIGTERM')
      await server.ended
      expect(server.stderr()).toBe('')
    }
  })

  it('whose server was killed is taken over from the Postgres that was left', async () => {
    const dataDir = servers.newDataDir()
    await makeOlder(dataDir)
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await (await fetch(`${await server.url()}/_twin/projects`)).text()).toContain('made before')
    expect(server.stderr()).toContain('the Postgres it left is being stopped')
    expect(await tell(await urlFor('twinpanel_server', dataDir), leftovers)).toEqual([])
  })

  it('is left as it was when something is in the way, which is told', async () => {
    const dataDir = servers.newDataDir()
    const { postmaster, superuser } = await makeOlder(dataDir)
    await tell(superuser, 'create role twinpanel_server')
    const owned = await tell(superuser, leftovers)
    expect(owned).toContain('together')
    await postmaster.stop()
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toMatch(
      /role for the server could not be made: .*role "twinpanel_server" already exists/,
    )
    const alone = await startAlone(dataDir)
    expect(await tell(alone.superuser, leftovers)).toEqual(owned)
    expect(await tell(alone.superuser, 'drop role twinpanel_server')).toEqual([])
    await alone.postmaster.stop()
    expect(await servers.start({ TWINPANEL_DATA_DIR: dataDir }).url()).toMatch(/^http/)
  })
})
