import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { chmod, mkdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pack } from '../../src/embedded-postgres/archive.ts'
import { startTwinpanel, type Twinpanel } from '../../src/package/start-twinpanel.ts'
import { useEnvironment } from '../support/environment.ts'
import { makeTestDirectory } from '../support/postgres.ts'

// Linux puts the template where XDG_CACHE_HOME says.

const temporaryDirectory = makeTestDirectory()
const cacheHome = join(temporaryDirectory, 'cache')
const clusters = join(cacheHome, 'twinpanel/clusters')
useEnvironment({ TMPDIR: temporaryDirectory, XDG_CACHE_HOME: cacheHome })
afterAll(() => rm(temporaryDirectory, { recursive: true, force: true }))

const started: Twinpanel[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((twinpanel) => twinpanel.stop()))
})

interface Cluster {
  /** Postgres' id of a cluster, which its copies share. */
  readonly id: string
  readonly password: string
}

/** Starts a server, and checks that it works. */
async function start(): Promise<Cluster> {
  const known = new Set(ephemeral())
  const twinpanel = await startTwinpanel()
  started.push(twinpanel)
  const { token } = await twinpanel.project()
  const answer = await fetch(`${twinpanel.url}/track`, {
    method: 'POST',
    body: JSON.stringify([{ event: 'A', properties: { token, distinct_id: 'u' } }]),
  })
  expect(await answer.text()).toBe('1')
  const [home = ''] = ephemeral().filter((path) => !known.has(path))
  return clusterIn(home)
}

const ephemeral = () =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith('twinpanel-ephemeral-'))
    .map((name) => join(tmpdir(), name, 'postgres'))

function clusterIn(home: string): Cluster {
  const bytes = Buffer.alloc(8)
  const file = openSync(join(home, 'cluster/global/pg_control'), 'r')
  readSync(file, bytes)
  closeSync(file)
  return { id: bytes.toString('hex'), password: readFileSync(join(home, 'password'), 'utf8') }
}

const templates = () => (existsSync(clusters) ? readdirSync(clusters) : [])
const pathOfTemplate = () => join(clusters, templates()[0] ?? '')

/** Makes the directory of templates, as a start does. */
async function makeClusters(): Promise<void> {
  await mkdir(clusters, { recursive: true, mode: 0o700 })
  await chmod(join(clusters, '..'), 0o700)
}

interface Template {
  readonly path: string
  readonly archive: Buffer
  /** That of its cluster. */
  readonly id: string
}

/** For the tests of templates that are damaged: each need not make one. */
let made: Template | undefined

function keepTemplate({ id }: Cluster): Template {
  const path = pathOfTemplate()
  return { path, archive: readFileSync(path), id }
}

describe('the template of ephemeral clusters', () => {
  beforeEach(() => rm(cacheHome, { recursive: true, force: true }))

  it('is made by the first start, for this user alone, and copied by the next, with a password of its own', async () => {
    const first = await start()
    expect(templates()).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.cluster$/)])
    expect(statSync(pathOfTemplate()).mode & 0o777).toBe(0o600)
    expect(statSync(clusters).mode & 0o777).toBe(0o700)
    const second = await start()
    expect(second.id).toBe(first.id)
    expect(second.password).not.toBe(first.password)
    made ??= keepTemplate(first)
  })

  it('may be made by several starts at once', async () => {
    await Promise.all([startTwinpanel(), startTwinpanel()].map(async (one) => started.push(await one)))
    expect(templates()).toHaveLength(1)
    const all = await Promise.all([startTwinpanel(), startTwinpanel(), startTwinpanel()])
    started.push(...all)
    const passwords = ephemeral().map((home) => clusterIn(home).password)
    expect(new Set(passwords).size).toBe(5)
  })

  it.each([
    ['cut short', (archive: Buffer) => archive.subarray(0, archive.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['whole, but without a cluster', () => pack(makeTestDirectory(), new Set())],
  ])('that is %s is made again', async (_what, damage) => {
    made ??= keepTemplate(await start())
    await makeClusters()
    writeFileSync(made.path, damage(made.archive), { mode: 0o600 })
    const first = await start()
    expect(first.id).not.toBe(made.id)
    expect((await start()).id).toBe(first.id)
  })

  it('is not kept where other users can write, nor where nobody can', async () => {
    await mkdir(clusters, { recursive: true })
    await chmod(clusters, 0o777)
    await start()
    expect(templates()).toEqual([])
    await rm(cacheHome, { recursive: true })
    writeFileSync(cacheHome, 'not a directory')
    await start()
    expect(readFileSync(cacheHome, 'utf8')).toBe('not a directory')
  })

  it('of another version is removed when it has not been used for a month', async () => {
    await makeClusters()
    const days = (count: number) => new Date(Date.now() - count * 24 * 3_600_000)
    for (const [name, age] of [
      ['old.cluster', 31],
      ['recent.cluster', 29],
    ] as const) {
      writeFileSync(join(clusters, name), '')
      await utimes(join(clusters, name), days(age), days(age))
    }
    await start()
    expect(templates()).toHaveLength(2)
    expect(templates()).toContain('recent.cluster')
  })
})
