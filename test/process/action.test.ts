import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CiJob } from '../support/ci-job.ts'
import { makeTestDirectory } from '../support/postgres.ts'
import { ServerProcesses, until } from '../support/server-process.ts'
import { packStandIn } from '../support/stand-in-package.ts'

// The action of action.yml: its steps run here as on a runner, with the files in which GitHub passes variables.

const processes = new ServerProcesses()
const shared = makeTestDirectory()
let standIn: string
beforeAll(async () => {
  standIn = await packStandIn(shared)
})
afterAll(() => rmSync(shared, { recursive: true, force: true }))

const jobs: CiJob[] = []
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.runAction({ command: 'stop' })
  await processes.clean()
})

/** A job, with what `start` needs here. */
function newJob(variables: Readonly<Record<string, string>> = {}) {
  const directory = dirname(processes.newDataDir())
  const job = new CiJob(directory, variables)
  jobs.push(job)
  return { job, directory, start: { package: standIn, port: 0 } }
}

/** Sends records as a step does, to the server in TWINPANEL_URL. */
async function track(job: CiJob, ...records: readonly object[]): Promise<void> {
  const body = JSON.stringify(records)
  await fetch(`${job.variables['TWINPANEL_URL']}/track`, { method: 'POST', body })
}

const alias = (token: string) => ({
  event: '$create_alias',
  properties: { token, distinct_id: 'charlie', alias: '+6512345678' },
})

describe('start', () => {
  it('starts one server for the job, which later steps find until stop', async () => {
    const ofTheApplication = { PORT: '1', DATABASE_URL: 'postgres://localhost:1/app', TLS: 'self-signed' }
    const { job, directory, start } = newJob(ofTheApplication)
    await writeFile(join(job.work, '.env'), 'TWINPANEL_UNKNOWN_TOKENS=drop\n')
    const first = await job.runAction(start)
    expect(first).toMatchObject({
      code: 0,
      outputs: { url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) },
    })
    expect(first.output).toBe(`Twinpanel is listening on ${first.outputs['url']}\n`)
    const later = await job.run('curl -sSf "$TWINPANEL_URL/track?verbose=1" -d @-  <<< \'[]\' && echo')
    expect(later).toMatchObject({ code: 0 })

    const second = await job.runAction(start)
    expect(second.output).toBe(`Twinpanel is already listening on ${first.outputs['url']}\n`)
    expect(second.outputs).toEqual(first.outputs)

    expect((await job.runAction({ command: 'stop' })).output).toBe('Twinpanel has stopped.\n')
    await expect(fetch(first.outputs['url'] ?? '')).rejects.toThrow()
    expect(existsSync(join(directory, 'temp/twinpanel-action'))).toBe(false)
    expect(await job.runAction({ command: 'stop' })).toMatchObject({
      code: 0,
      output: 'No Twinpanel is running.\n',
    })
  })

  it('takes a path in the working directory, and an admin token that later steps have', async () => {
    const { job, directory } = newJob()
    const TWINPANEL_ADMIN_TOKEN = 'a-token-for-tests-only'
    const packed = await packStandIn(directory)
    const name = packed.slice(directory.length + 1)
    const started = await job.runAction({
      package: `../${name}`,
      port: 0,
      'admin-token': TWINPANEL_ADMIN_TOKEN,
    })
    expect(started.output).toContain(`::add-mask::${TWINPANEL_ADMIN_TOKEN}\n`)
    expect(job.variables).toMatchObject({ TWINPANEL_ADMIN_TOKEN })
    const projects = `${started.outputs['url']}/_twin/projects`
    expect((await fetch(projects)).status).toBe(401)
    expect(await job.runAction({ command: 'report' })).toMatchObject({ code: 0, outputs: { problems: '0' } })
    expect(job.summary).toBe('### Twinpanel\n\nNo problems.\n')
  })

  it('fails with what the server printed when it ends', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await until('the port', () => taken.listening)
    const address = taken.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { job, start } = newJob()
    const failed = await job.runAction({ ...start, port })
    taken.close()
    expect(failed.code).toBe(1)
    expect(failed.output).toMatch(
      /^::error title=Twinpanel::The server has ended\. It printed:%0AAnother program is listening on .*\n$/,
    )
    expect(job.variables).not.toHaveProperty('TWINPANEL_URL')
    const other = await job.runAction({ ...start, 'database-url': 'postgres://localhost:1/x' })
    expect(other.output).toContain('ECONNREFUSED')
  })

  it('fails with what the server printed when it is not ready in time, and ends it', async () => {
    const { job, directory } = newJob()
    const folder = join(directory, 'slow')
    await mkdir(join(folder, 'dist'), { recursive: true })
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'twinpanel', version: '0.0.1' }))
    const program = `process.stdout.write('pid ' + process.pid); setInterval(() => undefined, 1_000)`
    await writeFile(join(folder, 'dist/bin.js'), program)
    await job.run(`npm pack --silent ${folder}`)
    const failed = await job.runAction({ package: 'twinpanel-0.0.1.tgz', 'timeout-seconds': 1 })
    expect(failed.code).toBe(1)
    expect(failed.output).toMatch(/The server was not ready within 1 s\. It printed:%0Apid \d+\n$/)
    const [pid] = /\d+$/.exec(failed.output.trim()) ?? []
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  })

  it('fails with what npm printed when there is no such package', async () => {
    const { job } = newJob()
    const failed = await job.runAction({ package: './missing.tgz' })
    expect(failed.code).toBe(1)
    expect(failed.output).toMatch(/npm could not install \.\/missing\.tgz:%0A.*ENOENT/)
  })
})

describe('report', () => {
  it('adds the problems of all projects to the summary, as docs/ci.md shows', async () => {
    const { job, start } = newJob()
    await job.runAction(start)
    await track(job, alias('sign-up'), alias('sign-up'), { event: 'A', properties: { token: 'other' } })
    await track(job, alias('<b>|`other'), { event: 'B', properties: {} })
    const reported = await job.runAction({ command: 'report' })
    expect(reported).toMatchObject({
      code: 0,
      output: '6 problems.\n',
      outputs: { problems: '6' },
    })
    const rows = job.summary.split('\n').filter((line) => line.startsWith('| error'))
    expect(rows).toHaveLength(4)
    const page = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8')
    expect(rows.filter((row) => page.includes(`${row}\n`))).toHaveLength(1)
    expect(job.summary).toContain('| &lt;b>&#124;&#96;other |')
    expect(job.summary).toContain('| error | record.invalid | 1 | (none) | The record was refused (token, ')
  })

  it('says so when there is no server', async () => {
    const { job } = newJob()
    const failed = await job.runAction({ command: 'report' })
    expect(failed).toMatchObject({ code: 1, output: expect.stringContaining('No Twinpanel is running') })
    const other = newJob({ TWINPANEL_URL: 'http://127.0.0.1:1' }).job
    expect((await other.runAction({ command: 'report' })).output).toContain('No Twinpanel answers at http')
  })
})

it.each([
  [{ command: 'begin' }, 'command is "begin": it must be start, report or stop.'],
  [{ port: '70000' }, 'port is "70000": it must be a whole number from 0 to 65535.'],
  [{ port: '' }, 'port is "": it must be'],
  [{ 'timeout-seconds': '1m' }, 'timeout-seconds is "1m": it must be'],
  [{ 'admin-token': 'a\nb' }, 'admin-token has more than one line.'],
])('refuses %j', async (inputs, sentence) => {
  const { job } = newJob()
  const failed = await job.runAction(inputs)
  expect(failed.code).toBe(1)
  expect(failed.output).toMatch(/^::error title=Twinpanel::/)
  expect(failed.output).toContain(sentence)
})
