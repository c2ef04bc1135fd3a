import { execFile } from 'node:child_process'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { makeTestDirectory } from '../support/postgres.ts'
import { startOnDatabase } from '../support/prepared-data.ts'
import { ServerProcesses, until } from '../support/server-process.ts'

/* The fixtures, from the sources: the life of the server that they start, and tests that run in parallel on one. */

const processes = new ServerProcesses()
afterEach(() => processes.clean())

const root = new URL('../../', import.meta.url)
const application = makeTestDirectory()
beforeAll(async () => {
  await symlink(fileURLToPath(new URL('node_modules', root)), join(application, 'node_modules'))
  await writeFile(
    join(application, 'vitest.config.mjs'),
    `export default { test: { maxWorkers: 4, maxConcurrency: 20, testTimeout: 50_000, alias: {
      'twinpanel/vitest': ${JSON.stringify(fileURLToPath(new URL('src/fixtures/vitest.ts', root)))} } } }`,
  )
})
afterAll(() => rm(application, { recursive: true, force: true }))

/** Runs the test files with Vitest. Out: its report. */
async function runVitest(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly numPassedTests: number; readonly numTotalTests: number; readonly text: string }> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(application, name), text)
  const vitest = fileURLToPath(new URL('node_modules/vitest/vitest.mjs', root))
  const args = [vitest, 'run', '--reporter=json', '--outputFile=report.json', ...Object.keys(files)]
  const options = {
    cwd: application,
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
    maxBuffer: 1e8,
  }
  const printed = await new Promise<string>((done) => {
    execFile(process.execPath, args, options, (_error, stdout, stderr) => done(stdout + stderr))
  })
  const text = await readFile(join(application, 'report.json'), 'utf8').catch(() => '{}')
  return { ...(JSON.parse(text) as { numPassedTests: number; numTotalTests: number }), text: printed + text }
}

/** A program that starts a server by the fixtures, and prints its URL as the server does. */
const HOLDER = `
  import { connectServer } from './src/fixtures/node.ts'
  const { url } = await connectServer()
  console.log('listening on ' + url)`

const isGone = (url: string) =>
  fetch(`${url}/_twin/health`).then(
    () => false,
    () => true,
  )

describe('the server that the fixtures start', () => {
  it('does not keep the process of the tests running, and ends with it', async () => {
    const holder = processes.run(process.execPath, ['--input-type=module', '-e', HOLDER], {})
    const url = await holder.url()
    expect(await holder.ended).toEqual({ code: 0, signal: null })
    await until('the end of the server', () => isGone(url))
  })

  it('ends with the process of the tests even if that is killed', async () => {
    const program = `${HOLDER}\nsetInterval(() => undefined, 1_000)`
    const holder = processes.run(process.execPath, ['--input-type=module', '-e', program], {})
    const url = await holder.url()
    expect(await isGone(url)).toBe(false)
    holder.child.kill('SIGKILL')
    await until('the end of the server', () => isGone(url))
  })

  it('is the one at TWINPANEL_URL where that is set, whatever follows the URL, with its admin token', async () => {
    const adminToken = 'an admin token of the tests'.replaceAll(' ', '-')
    const server = await startOnDatabase(processes, { TWINPANEL_ADMIN_TOKEN: adminToken })
    const url = await server.url()
    const program = `
      import { assertNoProblems, assertTracked, createProject } from './src/fixtures/node.ts'
      const project = await createProject({ name: 'Fixtures' })
      const properties = { token: project.token, distinct_id: 'charlie' }
      const body = JSON.stringify([{ event: 'Signed up', properties }])
      await fetch(project.url + '/track', { method: 'POST', body })
      await assertTracked(project, 'Signed up')
      await assertNoProblems(project)
      console.log('listening on ' + project.url)`
    const env = { TWINPANEL_URL: `${url}/`, TWINPANEL_ADMIN_TOKEN: adminToken }
    const holder = processes.run(process.execPath, ['--input-type=module', '-e', program], env)
    expect(await holder.url()).toBe(url)
    expect((await createClient({ url, adminToken }).projects.list()).projects).toMatchObject([
      { name: 'Fixtures' },
    ])
  })

  it('says why it cannot be started', async () => {
    const program = `
      import { connectServer } from './src/fixtures/node.ts'
      await connectServer().catch((error) => console.error(error.message))`
    // Nothing can be written there.
    const holder = processes.run(process.execPath, ['--input-type=module', '-e', program], {
      TMPDIR: '/proc/none',
    })
    await holder.ended
    expect(holder.stderr()).toMatch(/^Twinpanel could not be started: \S.+\/proc\/none/)
  })
})

/** One file of tests that run at the same time, each with its own events, users and settings. */
const parallelFile = (tests: number) => `
  import { describe } from 'vitest'
  import { expect, test } from 'twinpanel/vitest'
  async function track({ token, url }, ...events) {
    const body = JSON.stringify(events.map(([event, properties]) => ({ event, properties: { token, ...properties } })))
    await fetch(url + '/track', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  }
  describe.each(['simplified', 'original', 'legacy', 'original'])('%s', (id_management) => {
    test.override({ projectOptions: { id_management } })
    test.concurrent.for(Array.from({ length: ${tests / 4} }, (_, at) => at))('%i', async (at, { project }) => {
      expect(project.id_management).toBe(id_management)
      await track(project, ['Viewed', { distinct_id: 'charlie', at }], ['Signed up', { distinct_id: 'dora', at }])
      await expect(project).toHaveTracked('Viewed', { at }, { by: 'charlie', times: 1, settle: 50 })
      await expect(project).toHaveTrackedOnly(['Viewed', 'Signed up'], { settle: 50 })
      await expect(project).not.toBeOneUser('charlie', 'dora')
      await expect(project).toHaveNoProblems({ settle: 50 })
    })
  })`

describe('tests with a project each', () => {
  it('run by the hundred in parallel workers on one server, and do not see each other', async () => {
    const server = await startOnDatabase(processes)
    const url = await server.url()
    const files = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [`${name}.test.mjs`, parallelFile(28)]),
    )
    const began = performance.now()
    const report = await runVitest(files, { TWINPANEL_URL: url })
    process.stdout.write(`112 tests in 4 workers: ${Math.round(performance.now() - began)} ms\n`)
    expect(report, report.text).toMatchObject({ numPassedTests: 112, numTotalTests: 112 })
    // All have passed, and none is left.
    expect((await createClient({ url }).projects.list()).projects).toEqual([])
  }, 300_000)

  it('keep the project whose check has failed, under the name of its test', async () => {
    const server = await startOnDatabase(processes)
    const url = await server.url()
    const text = `
      import { expect, test } from 'twinpanel/vitest'
      test('passes', async ({ project }) => {
        await expect(project).not.toHaveTracked('A', {}, { settle: 0 })
      })
      test('fails', async ({ project }) => {
        await expect(project).toHaveTracked('A', {}, { timeout: 0 })
      })`
    expect(await runVitest({ 'kept.test.mjs': text }, { TWINPANEL_URL: url })).toMatchObject({
      numPassedTests: 1,
    })
    expect((await createClient({ url }).projects.list()).projects).toMatchObject([{ name: 'fails' }])
  })

  it('need neither a server nor configuration, and run with a fake clock and a fake fetch', async () => {
    const text = `
      import { test as base, vi } from 'vitest'
      import { expect, fixtures } from 'twinpanel/vitest'
      const test = base.extend({ ...fixtures, event: 'Signed up' })
      test('of an application', async ({ event, project }) => {
        const { fetch } = globalThis
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'Date', 'performance'] })
        vi.stubGlobal('fetch', () => { throw new Error('not in this test') })
        const waiting = [
          expect(project).toHaveTracked(event, { plan: expect.any(String) }),
          expect(project).toBeOneUser('$device:D1', 'charlie'),
          expect(project).toHaveNoProblems(),
        ]
        const properties = { token: project.token, $device_id: 'D1', $user_id: 'charlie', plan: 'pro' }
        await fetch(project.url + '/track', { method: 'POST', body: JSON.stringify([{ event, properties }]) })
        await Promise.all(waiting)
        vi.useRealTimers()
      })`
    const report = await runVitest({ 'alone.test.mjs': text })
    expect(report, report.text).toMatchObject({ numPassedTests: 1, numTotalTests: 1 })
  }, 120_000)
})
