import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Check } from '../../src/cli/doctor/check.ts'
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts'
import { MAIN, ServerProcesses } from '../support/server-process.ts'

const processes = new ServerProcesses()
const databases: TestDatabase[] = []
afterEach(async () => {
  await processes.clean()
  for (const database of databases.splice(0)) await database.drop()
})

/** A folder with a file that starts an SDK, and files that are passed over. */
async function newApp(): Promise<string> {
  const folder = join(dirname(processes.newDataDir()), 'app')
  const other = join(folder, 'node_modules/other')
  await mkdir(join(folder, 'src'), { recursive: true })
  await mkdir(other, { recursive: true })
  const call = "import mixpanel from 'mixpanel-browser'\nmixpanel.init('t')\n"
  await Promise.all(
    [join(folder, 'src/app.ts'), join(other, 'index.js')].map((path) => writeFile(path, call)),
  )
  return folder
}

async function examine(env: Readonly<Record<string, string>>) {
  const folder = await newApp()
  const run = processes.run(process.execPath, [MAIN, 'doctor', folder, '--json'], env)
  const { code } = await run.ended
  const report = JSON.parse(run.stdout()) as { readonly checks: readonly Check[]; readonly settings: unknown }
  const statusOf = (name: string) => report.checks.find((check) => check.name === name)?.status
  return { code, ...report, statusOf, stderr: run.stderr() }
}

describe('doctor', () => {
  it('starts Postgres, leaves nothing, and finds the settings of SDKs', async () => {
    const dataDir = processes.newDataDir()
    const env = { PORT: '0', TWINPANEL_DATA_DIR: dataDir, TMPDIR: dirname(dataDir) }
    const { code, checks, settings, stderr } = await examine(env)
    expect(checks.filter(({ status }) => status === 'problem')).toEqual([])
    expect(checks).toContainEqual(expect.objectContaining({ name: 'Postgres', status: 'good' }))
    expect(settings).toMatchObject([{ file: join('src', 'app.ts'), line: 2, isPointed: false }])
    expect([code, stderr]).toEqual([0, ''])
  })

  it('ends with 1 if another program has the port', async () => {
    const blocker = createServer()
    await new Promise<void>((done) => blocker.listen(0, '127.0.0.1', done))
    const address = blocker.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { connectionString } = await newDatabase()
    const report = await examine({ PORT: port, DATABASE_URL: connectionString })
    expect([report.code, report.statusOf('port'), report.statusOf('database')]).toEqual([
      1,
      'problem',
      'good',
    ])
    blocker.close()
  })

  it('ends with 1 for variables that are wrong, and for a database that does not answer', async () => {
    const wrong = await examine({ LOG_LEVEL: 'loud' })
    expect([wrong.code, wrong.statusOf('variables')]).toEqual([1, 'problem'])
    const away = await examine({ PORT: '0', DATABASE_URL: 'postgres://127.0.0.1:1/x' })
    expect([away.code, away.statusOf('database')]).toEqual([1, 'problem'])
  })

  it('tells a Twinpanel that has the port from other programs, and so does a start', async () => {
    const dataDir = processes.newDataDir()
    const url = await processes.start({ TWINPANEL_DATA_DIR: dataDir }).url()
    const { port: PORT } = new URL(url)
    const report = await examine({ PORT, DATABASE_URL: (await newDatabase()).connectionString })
    expect([report.code, report.statusOf('port')]).toEqual([0, 'note'])
    const second = processes.start({ PORT, TWINPANEL_DATA_DIR: dataDir })
    expect(await second.ended).toEqual({ code: 1, signal: null })
    expect(second.stderr()).toMatch(
      /^A Twinpanel is running at http:\/\/127\.0\.0\.1:\d+ already\. Use it, stop it/,
    )
  })
})

async function newDatabase(): Promise<TestDatabase> {
  const database = await createEmptyDatabase()
  databases.push(database)
  return database
}
