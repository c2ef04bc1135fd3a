import {
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Binaries } from '../../../src/embedded-postgres/binaries.ts'
import { layoutOf } from '../../../src/embedded-postgres/layout.ts'
import { copyPrograms } from '../../../src/embedded-postgres/programs-copy.ts'
import { findReach } from '../../../src/embedded-postgres/reach.ts'
import { runProgram } from '../../../src/embedded-postgres/run-program.ts'

// Programs for a user who cannot enter where they are installed. A shell script stands for those of Postgres.

const isRoot = process.getuid?.() === 0
const stranger = { uid: 54_321, gid: 54_321 }

let directory: string
let binaries: Binaries
let place: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twinpanel-unit-'))
  await chmod(directory, 0o755)
  place = join(directory, 'place')
  const root = join(directory, 'closed/native')
  await mkdir(join(root, 'bin'), { recursive: true })
  await mkdir(join(root, 'lib/pkgconfig'), { recursive: true })
  await mkdir(join(root, 'include'))
  await writeFile(join(root, 'bin/postgres'), '#!/bin/sh\ncat "$(dirname "$0")/../lib/library"\n', {
    mode: 0o700,
  })
  await copyFile(join(root, 'bin/postgres'), join(root, 'bin/initdb'))
  await writeFile(join(root, 'lib/library.5'), 'read by the user', { mode: 0o600 })
  await symlink('library.5', join(root, 'lib/library'))
  await writeFile(join(root, 'lib/static.a'), '')
  await chmod(join(directory, 'closed'), 0o700)
  binaries = {
    postgres: join(root, 'bin/postgres'),
    initdb: join(root, 'bin/initdb'),
    pgCtl: join(root, 'bin/pg_ctl'),
    directory: join(root, 'bin'),
    version: '18.4.0',
    majorVersion: '18',
  }
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const name = `postgres-18.4.0-${process.arch}`

describe.runIf(isRoot)('programs that another user cannot reach', () => {
  it('are copied once, whole, for all to read and for root alone to write', async () => {
    const first = await copyPrograms(binaries, stranger, [place])
    expect(first).toMatchObject({ ok: true, value: { copied: true } })
    const again = await copyPrograms(binaries, stranger, [place])
    expect(again).toMatchObject({ ok: true, value: { copied: false } })
    if (!again.ok) return
    const { postgres } = again.value.binaries
    expect(postgres).toBe(join(place, name, 'bin/postgres'))
    const run = await runProgram(postgres, [], { account: stranger })
    expect(run).toEqual({ code: 0, output: 'read by the user' })
    expect(await readdir(join(place, name))).toEqual(['bin', 'lib'])
    expect((await readdir(join(place, name, 'lib'))).sort()).toEqual(['library', 'library.5'])
    expect((await stat(join(place, name, 'lib/library.5'))).mode & 0o777).toBe(0o644)
    expect((await stat(join(directory, 'closed'))).mode & 0o777).toBe(0o700)
  })

  it('are there once for three starts at once, with nothing beside', async () => {
    const three = await Promise.all([1, 2, 3].map(() => copyPrograms(binaries, stranger, [place])))
    expect(three.every(({ ok }) => ok)).toBe(true)
    expect(await readdir(place)).toEqual([name])
  })

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['belongs to another', () => chown(place, stranger.uid, 0), /place is not root's alone/],
    ['is open to a group', () => chmod(place, 0o775), /place is not root's alone/],
    ['is open to all, sticky or not', () => chmod(place, 0o1777), /place is not root's alone/],
    ['is closed to the user', () => chmod(place, 0o700), /user id 54321 cannot enter/],
  ])('do not go to a place that %s, but to the next', async (_what, spoil, reason) => {
    await mkdir(place)
    await spoil()
    const refused = await copyPrograms(binaries, stranger, [place])
    expect(refused).toMatchObject({ ok: false, error: expect.stringMatching(reason) })
    expect(await readdir(place)).toEqual([])
    const next = await copyPrograms(binaries, stranger, [place, join(directory, 'next')])
    expect(next.ok && next.value.binaries.directory).toBe(join(directory, 'next', name, 'bin'))
  })

  it('do not go to a place that others may move away, unless it lies in a sticky directory', async () => {
    await chmod(directory, 0o777)
    const refused = await copyPrograms(binaries, stranger, [place])
    expect(refused).toMatchObject({
      ok: false,
      error: expect.stringMatching(/-unit-\w+ is not root's alone/),
    })
    await chmod(directory, 0o1777)
    expect(await copyPrograms(binaries, stranger, [place])).toMatchObject({ ok: true })
  })

  it('do not follow a link that somebody has put in the place', async () => {
    await mkdir(join(directory, 'elsewhere'))
    await symlink(join(directory, 'elsewhere'), place)
    const refused = await copyPrograms(binaries, stranger, [place])
    expect(refused).toMatchObject({ ok: false, error: expect.stringMatching(/place is not root's alone/) })
    expect(await readdir(join(directory, 'elsewhere'))).toEqual([])
  })

  it('that do not run in a place are not left there', async () => {
    await writeFile(binaries.postgres, '#!/bin/sh\necho no such library\nexit 1\n')
    const refused = await copyPrograms(binaries, stranger, [place])
    expect(refused).toEqual({
      ok: false,
      error: `${place} (programs do not run there: no such library)`,
    })
    expect(await readdir(place)).toEqual([])
  })

  it('that a killed start has left unfinished are removed, unless they are young', async () => {
    await mkdir(join(place, `${name}.new-old`), { recursive: true })
    await mkdir(join(place, `${name}.new-young`))
    const elevenMinutesAgo = new Date(Date.now() - 11 * 60_000)
    await utimes(join(place, `${name}.new-old`), elevenMinutesAgo, elevenMinutesAgo)
    await copyPrograms(binaries, stranger, [place])
    expect((await readdir(place)).sort()).toEqual([name, `${name}.new-young`])
  })
})

describe.runIf(isRoot)('programs and data', () => {
  const told: string[] = []
  const log = {
    debug: () => undefined,
    warn: (line: string) => {
      told.push(line)
    },
    error: () => undefined,
  }
  afterEach(() => told.splice(0))
  const find = (
    dataDir: string,
    places: readonly string[],
    account: typeof stranger | undefined = stranger,
  ) => findReach(layoutOf(dataDir), binaries, { account, log }, places)

  it('that are closed are handed over and copied, which is told once', async () => {
    const closed = join(directory, 'closed/app/data')
    for (const _start of [1, 2]) {
      const reach = await find(closed, [place])
      expect(reach).toMatchObject({ ok: true, value: { handsOverDirectories: true } })
      expect(reach.ok && reach.value.binaries.directory).toBe(join(place, name, 'bin'))
    }
    expect(told).toEqual([
      `As root, Postgres is started as another user (id 54321), who cannot enter ${directory}/closed: ` +
        `its programs have been copied to ${place}/${name}/bin`,
    ])
  })

  it('that are open stay what and where they are', async () => {
    await chmod(join(directory, 'closed'), 0o711)
    const reach = await find(join(directory, 'data'), [])
    expect(reach).toEqual({ ok: true, value: { binaries, handsOverDirectories: false } })
  })

  it('are nobody else’s concern where Postgres runs as who started it', async () => {
    // Not even looked at.
    const reach = await findReach(layoutOf('/root'), binaries, { account: undefined, log }, [])
    expect(reach).toEqual({ ok: true, value: { binaries, handsOverDirectories: false } })
  })

  it('program_not_enterable: says where, and why nowhere else', async () => {
    await mkdir(place, { mode: 0o777 })
    await chmod(place, 0o777)
    const reach = await find(join(directory, 'data'), [place, '/proc/twinpanel'])
    expect(reach).toMatchObject({ ok: false, error: { code: 'program_not_enterable' } })
    expect(!reach.ok && reach.error.message).toMatch(
      /cannot enter \S+closed, where .* could not be copied .*: \S+place \(\S+ is not root's alone\), \/proc\/twinpanel \(ENOENT\)\. Move this/,
    )
  })
})
