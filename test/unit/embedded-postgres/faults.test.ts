import { chmod, chown, mkdir, mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Result } from '../../../src/core/result.ts'
import { findBlockedDirectory } from '../../../src/embedded-postgres/access.ts'
import { findBinaries, makeLinks } from '../../../src/embedded-postgres/binaries.ts'
import type { Context } from '../../../src/embedded-postgres/context.ts'
import { createCluster } from '../../../src/embedded-postgres/create-cluster.ts'
import { findCluster, prepareDataDir, readPassword } from '../../../src/embedded-postgres/data-dir.ts'
import type { EmbeddedPostgresError } from '../../../src/embedded-postgres/error.ts'
import { type Layout, layoutOf } from '../../../src/embedded-postgres/layout.ts'
import { parsePidFile } from '../../../src/embedded-postgres/pid-file.ts'

// What can go wrong before a Postgres runs: no server is started here.

const isRoot = process.getuid?.() === 0
const binaries = {
  postgres: 'postgres',
  initdb: 'initdb',
  pgCtl: 'pg_ctl',
  directory: '/',
  version: '18.4.0',
  majorVersion: '18',
}
const stranger = { uid: 54_321, gid: 54_321 }
const silent = { debug: () => undefined, warn: () => undefined, error: () => undefined }

let directory: string
let layout: Layout
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twinpanel-unit-'))
  await chmod(directory, 0o755)
  layout = layoutOf(join(directory, 'data'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** A context in which `initdb` is another program. */
function contextWith(initdb: string): Context {
  return {
    layout,
    binaries: { ...binaries, initdb },
    account: undefined,
    handsOverDirectories: false,
    settings: {},
    forTests: false,
    forTemplate: false,
    watcher: { watch: () => undefined, dismiss: () => Promise.resolve() },
    log: silent,
    onWaiting: undefined,
    signal: undefined,
  }
}

function faultOf(result: Result<unknown, EmbeddedPostgresError>): EmbeddedPostgresError {
  if (result.ok) throw new Error('expected a fault')
  return result.error
}

describe('the programs', () => {
  it('are there for this machine', async () => {
    expect(await findBinaries()).toMatchObject({ ok: true, value: { majorVersion: '18' } })
  })

  it.each([
    ['linux', 's390x'],
    ['freebsd', 'x64'],
    ['win32', 'arm64'],
  ])('unsupported_platform: %s on %s', async (platform, arch) => {
    const fault = faultOf(await findBinaries(platform, arch))
    expect(fault.code).toBe('unsupported_platform')
    expect(fault.message).toMatch(
      /^There are no Postgres programs for .* Set DATABASE_URL to a Postgres database/,
    )
  })
})

describe('the links to the libraries', () => {
  const list = [
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' },
  ]

  it('are made where the script of the package was not run, again and at once', async () => {
    await mkdir(join(directory, 'native/lib'), { recursive: true })
    await writeFile(join(directory, 'native/pg-symlinks.json'), JSON.stringify(list))
    const made = await Promise.all([makeLinks(directory), makeLinks(directory), makeLinks(directory)])
    expect([...made, await makeLinks(directory)]).toEqual([undefined, undefined, undefined, undefined])
    expect(await readlink(join(directory, 'native/lib/libpq.so'))).toBe('libpq.so.5.18')
    expect(await readlink(join(directory, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18')
  })

  it('are not missed where the package has none', async () => {
    expect(await makeLinks(directory)).toBeUndefined()
  })

  it('that cannot be made are told', async () => {
    await mkdir(join(directory, 'native'))
    await writeFile(join(directory, 'native/pg-symlinks.json'), JSON.stringify(list))
    expect(await makeLinks(directory)).toBe(`${directory}/native/lib/libpq.so.5 cannot be made (ENOENT)`)
  })
})

describe('the data directory', () => {
  it('is made with its parents', async () => {
    layout = layoutOf(join(directory, 'a/b'))
    expect(await prepareDataDir(layout)).toEqual({ ok: true, value: undefined })
  })

  it('data_dir_unusable: a file is in its place', async () => {
    await writeFile(layout.dataDir, '')
    const fault = faultOf(await prepareDataDir(layout))
    expect(fault.code).toBe('data_dir_unusable')
    expect(fault.message).toContain(`${layout.dataDir} cannot be created or written to (EEXIST)`)
  })

  it('data_dir_unusable: something that is no cluster is in its place', async () => {
    await mkdir(join(layout.home, 'photos'), { recursive: true })
    // `true` stands for an initdb that has made nothing, so that only the move is tried.
    const fault = faultOf(await createCluster(contextWith('true')))
    expect(fault.code).toBe('data_dir_unusable')
    expect(fault.message).toMatch(
      /postgres is in the way \(ENOTEMPTY\): it is not a database created by Twinpanel/,
    )
  })

  it('data_dir_unusable: the password is lost', async () => {
    await mkdir(layout.cluster, { recursive: true })
    const fault = faultOf(await readPassword(layout))
    expect(fault).toMatchObject({
      code: 'data_dir_unusable',
      message: expect.stringContaining('Restore it, or move'),
    })
  })

  it('unsupported_platform: a program that does not run', async () => {
    await mkdir(layout.dataDir)
    const fault = faultOf(await createCluster(contextWith(join(directory, 'none'))))
    expect(fault.code).toBe('unsupported_platform')
    expect(fault.message).toMatch(/^The Postgres programs do not run on this machine \(.*ENOENT/)
  })

  it('initdb_failed: with the last lines of its output, and nothing left behind', async () => {
    await mkdir(layout.dataDir)
    const fault = faultOf(await createCluster(contextWith(process.execPath)))
    expect(fault.code).toBe('initdb_failed')
    expect(fault.message).toMatch(/Postgres could not create its data directory .*\n.*bad option: --pgdata/)
    expect(await findCluster(layout, binaries)).toEqual({ ok: true, value: false })
  })

  it('other_major_version: says which, and what to do', async () => {
    await mkdir(layout.cluster, { recursive: true })
    await writeFile(layout.versionFile, '17\n')
    const fault = faultOf(await findCluster(layout, binaries))
    expect(fault.code).toBe('other_major_version')
    expect(fault.message).toMatch(
      /belongs to Postgres 17, the programs are Postgres 18, which cannot read the data\. Start the/,
    )
  })
})

describe('a user who may not enter', () => {
  it('is found through a symbolic link', async () => {
    const closed = join(directory, 'closed')
    await mkdir(closed, { mode: 0o700 })
    await symlink(closed, join(directory, 'link'))
    expect(await findBlockedDirectory(join(directory, 'link'), stranger)).toBe(closed)
  })

  it.runIf(isRoot)('is judged as owner, as group, and else as anyone', async () => {
    const modes: readonly [number, { uid: number; gid: number }, boolean][] = [
      [0o100, { uid: stranger.uid, gid: 0 }, true],
      [0o011, { uid: stranger.uid, gid: stranger.gid }, false],
      [0o010, { uid: 0, gid: stranger.gid }, true],
      [0o101, { uid: 0, gid: stranger.gid }, false],
      [0o001, { uid: 0, gid: 0 }, true],
    ]
    for (const [mode, owner, mayEnter] of modes) {
      await chown(directory, owner.uid, owner.gid)
      await chmod(directory, mode)
      expect(await findBlockedDirectory(directory, stranger), mode.toString(8)).toBe(
        mayEnter ? undefined : directory,
      )
    }
  })
})

describe('postmaster.pid', () => {
  it('holds the process id in its first line and the port in its fourth', () => {
    expect(parsePidFile('4242\n/data\n1787227200\n5433\n\n127.0.0.1\n')).toEqual({ pid: 4242, port: 5433 })
  })

  it.each(['', '4242\n/data\n', 'x\n\n\nready'])('may be half written: %j', (text) => {
    expect(parsePidFile(text).port).toBeUndefined()
  })
})
