import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { blocksOf, type Example, examplesOf, isOutput } from '../support/examples.ts'
import { startOnDatabase } from '../support/prepared-data.ts'
import { ServerProcesses } from '../support/server-process.ts'

// What our pages show is done: their commands in order, on a server that is new, with curl where there is one.

const servers = new ServerProcesses()
afterEach(() => servers.clean())

const root = new URL('../../', import.meta.url)
const README = new URL('README.md', root)
const hasCurl = can('curl')

function can(program: string): boolean {
  try {
    execFileSync(program, ['--version'])
    return true
  } catch {
    return false
  }
}

/** Starts a server as its user does. Out: its URL, and where a file may lie. */
async function start(): Promise<{ readonly url: string; readonly directory: string }> {
  const dataDir = servers.newDataDir()
  const url = await (await startOnDatabase(servers)).url()
  return { url, directory: dirname(dataDir) }
}

interface Done {
  readonly stdout: string
  readonly status: number
}

/** Runs a command that ends by itself, against this server. */
async function run({ command }: Example, url: string, env: NodeJS.ProcessEnv): Promise<Done> {
  const script = `${command.replace(/^curl /, `curl -sS --max-time 20 -w '%{stderr}%{http_code}' `)}`
  const own = script.replaceAll(/(?:http:\/\/)?localhost:4100/g, url)
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', own], {
    env: { ...process.env, ...env },
  })
  return { stdout, status: Number(stderr) }
}

/** Runs a command that goes on for ever, until it has put out what is shown. Events happen meanwhile. */
async function follow({ command, output = '' }: Example, url: string): Promise<string> {
  const child = spawn('bash', ['-c', `exec ${command.replaceAll('localhost:4100', url)}`])
  let seen = ''
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
  })
  const properties = { token: 'my-app', distinct_id: 'charlie' }
  for (let tries = 0; tries < 100 && !isOutput(output, seen); tries++) {
    // It may meet one of the faults that the page has set.
    await post(`${url}/track`, [{ event: 'Signed up', properties }]).catch(() => undefined)
    await delay(100)
  }
  child.kill()
  return seen
}

async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The examples of a page that did not do what it says of them, with what they did. */
async function failuresOn(page: string, url: string): Promise<readonly object[]> {
  const failures: object[] = []
  let secret = ''
  for (const example of blocksOf(page, 'sh').flatMap(examplesOf)) {
    if (example.command.includes('-N')) {
      const seen = await follow(example, url)
      if (!isOutput(example.output ?? '', seen)) failures.push({ ...example, seen })
      continue
    }
    const done = await run(example, url, { SECRET: secret })
    const isAsSaid = example.output === undefined ? done.status < 300 : isOutput(example.output, done.stdout)
    if (!isAsSaid) failures.push({ ...example, ...done })
    secret = /"secret":"(\w+)"/.exec(done.stdout)?.[1] ?? secret
  }
  return failures
}

describe.skipIf(!hasCurl)('the commands', () => {
  it.each([
    ['README.md', 3],
    ['docs/api.md', 14],
    ['docs/identity.md', 3],
    ['docs/reliability.md', 4],
    ['docs/testing.md', 2],
  ])('of %s do what it says', async (path, least) => {
    const page = await readFile(new URL(path, root), 'utf8')
    expect(blocksOf(page, 'sh').flatMap(examplesOf).length).toBeGreaterThanOrEqual(least)
    const { url } = await start()
    // In the README the first event creates the project that all pages speak of.
    if (path !== 'README.md') await post(`${url}/_twin/projects`, { token: 'my-app' })
    expect(await failuresOn(page, url)).toEqual([])
  })
})

describe('the programs', () => {
  it('of docs/testing.md pass, and fail where the app does not track', async () => {
    const { url, directory } = await start()
    const programs = blocksOf(await readFile(new URL('docs/testing.md', root), 'utf8'), 'js')
    const program = programs.find((block) => block.includes('await fetch(')) ?? ''
    expect(await runTest(program, url)).toMatch(/^# pass 1$/m)
    const broken = program.replace(`mixpanel.track('Signed up'`, `mixpanel.track('Signed Up'`)
    expect(broken).not.toBe(program)
    expect(await runTest(broken, url)).toMatch(/^# fail 1$/m)

    async function runTest(text: string, server: string): Promise<string> {
      const file = join(directory, 'sign-up.test.mjs')
      // Where it lies, its imports are not found: they are those of this project.
      const sdk = new URL('node_modules/mixpanel/lib/mixpanel-node.js', root)
      await writeFile(file, text.replace(`'mixpanel'`, JSON.stringify(sdk.href)))
      const env = { PATH: process.env['PATH'], TWINPANEL_URL: server }
      const args = ['--test', '--test-reporter=tap', file]
      const done = promisify(execFile)(process.execPath, args, { env, cwd: fileURLToPath(root) })
      return await done.then(
        ({ stdout }) => stdout,
        (error: { stdout: string }) => error.stdout,
      )
    }
  })

  it('of README.md track what they say', async () => {
    const { url, directory } = await start()
    const blocks = blocksOf(await readFile(README, 'utf8'), 'js')
    const program = blocks.find((block) => block.includes(`from 'mixpanel'`)) ?? ''
    const sdk = new URL('node_modules/mixpanel/lib/mixpanel-node.js', root)
    const file = join(directory, 'track.mjs')
    const own = program.replace('localhost:4100', new URL(url).host)
    await writeFile(file, own.replace(`'mixpanel'`, JSON.stringify(sdk.href)))
    await promisify(execFile)(process.execPath, [file])
    const answer = await fetch(`${url}/_twin/projects/my-app/events`)
    const tracked = { event: 'Signed up', distinct_id: 'charlie', properties: { plan: 'pro' } }
    expect(await answer.json()).toMatchObject({ events: [tracked] })
  })
})

describe('the test of README.md', () => {
  /** The application: a visitor signs up. */
  const signUp = (event: string) => `
    import { promisify } from 'node:util'
    import Mixpanel from 'mixpanel'
    export async function signUp({ token, host }: { token: string; host: string }) {
      const mixpanel = Mixpanel.init(token, { host, protocol: 'http' })
      const track = promisify<string, object, void>(mixpanel.track.bind(mixpanel))
      await track('Viewed', { $device_id: 'D1' })
      await track(${JSON.stringify(event)}, { $device_id: 'D1', $user_id: 'charlie', plan: 'pro' })
      mixpanel.people.set('charlie', { plan: 'pro' })
    }`
  const config = `
    import { defineConfig } from 'vitest/config'
    const path = ${JSON.stringify(fileURLToPath(new URL('src/fixtures/vitest.ts', root)))}
    export default defineConfig({ test: { alias: { 'twinpanel/vitest': path } } })`

  /** Runs it with Vitest, in the folder of an application. Out: what Vitest prints. */
  async function runVitest(directory: string, url: string, event: string): Promise<string> {
    const [test = ''] = blocksOf(await readFile(README, 'utf8'), 'ts')
    const files = { 'sign-up.ts': signUp(event), 'sign-up.test.ts': test, 'vitest.config.mjs': config }
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
    const vitest = fileURLToPath(new URL('node_modules/vitest/vitest.mjs', root))
    const env = { PATH: process.env['PATH'], TWINPANEL_URL: url, NO_COLOR: '1' }
    const done = promisify(execFile)(process.execPath, [vitest, 'run'], { env, cwd: directory })
    return await done.then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
    )
  }

  it('passes, and fails as shown where the application tracks another name', async () => {
    const { url, directory } = await start()
    const application = join(directory, 'application')
    await mkdir(application)
    await symlink(fileURLToPath(new URL('node_modules', root)), join(application, 'node_modules'))
    expect(await runVitest(application, url, 'Signed up')).toMatch(/Tests +1 passed/)
    const failed = await runVitest(application, url, 'signed-up')
    expect(failed).toMatch(/Tests +1 failed/)
    const [shown = ''] = blocksOf(await readFile(README, 'utf8'), 'text')
    const [, message = ''] = /^(Error: .*?)\n +❯/ms.exec(failed) ?? []
    expect(isOutput(shown.trim().replace('http://localhost:4100', url), message), message).toBe(true)
    // Vitest starts twice, beside a server and whatever else the machine does.
  }, 120_000)
})
