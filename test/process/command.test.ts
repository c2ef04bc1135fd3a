import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { MAIN, type ServerProcess, ServerProcesses, until } from '../support/server-process.ts'

const processes = new ServerProcesses()
afterEach(() => processes.clean())

/** Runs the command, with a directory for temporary files of its own. */
function twinpanel(args: readonly string[], env: Readonly<Record<string, string>> = {}): ServerProcess {
  const TMPDIR = dirname(processes.newDataDir())
  return processes.run(process.execPath, [MAIN, ...args], { TMPDIR, ...env })
}

/** What a shell prints as `ready`, while it waits. */
const WAITING = 'trap "echo got TERM; exit 3" TERM; echo "ready $TWINPANEL_URL"; while :; do sleep 0.05; done'

describe('serve', () => {
  it('prefers its options to the environment, and removes ephemeral data', async () => {
    const temporary = dirname(processes.newDataDir())
    const overridden = { PORT: '1', DATABASE_URL: 'postgres://localhost:1/x', TMPDIR: temporary }
    const server = twinpanel(['--port=0', '--ephemeral'], overridden)
    const url = await server.url()
    expect(server.stdout()).toBe(`Twinpanel is listening on ${url}\n`)
    server.child.kill('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(server.stderr()).toBe('')
    expect(readdirSync(temporary)).toEqual([])
  })

  it('takes a data directory', async () => {
    const dataDir = processes.newDataDir()
    const server = twinpanel(['serve', '--port', '0', '--data-dir', dataDir])
    expect((await fetch(`${await server.url()}/_twin/health`)).status).toBe(200)
    expect(existsSync(join(dataDir, 'postgres'))).toBe(true)
  })
})

describe('exec', () => {
  it.each([0, 7])('ends with the exit code of the command, and the server is gone: %i', async (code) => {
    const program = `
      const answer = await fetch(process.env.TWINPANEL_URL + '/_twin/health')
      console.log(process.env.TWINPANEL_URL, answer.status, process.argv[1])
      process.exit(${code})`
    const run = twinpanel(['exec', '--', process.execPath, '-e', program, 'two words'], {
      DATABASE_URL: 'postgres://localhost:1/the-application',
    })
    expect(await run.ended).toEqual({ code, signal: null })
    const [url = ''] = run.stdout().split(' ')
    expect(run.stdout()).toBe(`${url} 200 two words\n`)
    expect(run.stderr()).toBe('')
    await expect(fetch(url)).rejects.toThrow()
  })

  it('leaves .env to the command, which other commands read', async () => {
    const folder = dirname(processes.newDataDir())
    await writeFile(join(folder, '.env'), 'FROM_FILE=1\nPORT=http\n')
    const start = join(import.meta.dirname, '../../src/start.js')
    const inFolder = (args: string) =>
      processes.run('sh', ['-c', `cd "${folder}" && exec "${process.execPath}" "${start}" ${args}`], {})
    const run = inFolder(`exec -- sh -c 'echo "$FROM_FILE."'`)
    expect([await run.ended, run.stdout()]).toEqual([{ code: 0, signal: null }, '.\n'])
    const served = inFolder('serve')
    expect((await served.ended).code).toBe(78)
    expect(served.stderr()).toMatch(/^PORT is "http"/)
  })

  it('passes signals on, and waits for the command', async () => {
    const run = twinpanel(['exec', '--', 'sh', '-c', WAITING])
    await until('the command', () => run.stdout().includes('ready'), 50_000)
    run.child.kill('SIGTERM')
    expect(await run.ended).toEqual({ code: 3, signal: null })
    expect(run.stdout()).toContain('got TERM')
  })

  it('ends as a shell does where the command is killed, cannot be found, or is never started', async () => {
    const killed = twinpanel(['exec', '--', 'sh', '-c', 'kill -9 $$'])
    expect(await killed.ended).toEqual({ code: 137, signal: null })
    const missing = twinpanel(['exec', '--', 'no-such-command'])
    expect(await missing.ended).toEqual({ code: 127, signal: null })
    expect(missing.stderr()).toBe('The command "no-such-command" cannot be run (ENOENT).\n')
    const temporary = dirname(processes.newDataDir())
    const early = twinpanel(['exec', '--data-dir', join(temporary, 'data'), '--', 'echo', 'started'])
    await until('the start', () => existsSync(join(temporary, 'data')))
    early.child.kill('SIGINT')
    expect(await early.ended).toEqual({ code: 130, signal: null })
    expect(early.stdout() + early.stderr()).toBe('')
  })
})

describe('explain', () => {
  const plain = '{"event":"A","properties":{"token":"t","distinct_id":"u"}}\n'
  const alias = '{"event":"$create_alias","properties":{"token":"t","distinct_id":"u","alias":"b"}}\n'

  it.each([
    ['no problem', plain, 0],
    ['a problem', plain + alias, 1],
    ['no records', '{"event":', 2],
  ])('tells by its exit code: %s', async (_name, content, code) => {
    const file = join(dirname(processes.newDataDir()), 'records.json')
    await writeFile(file, content)
    const run = twinpanel(['explain', file])
    expect(await run.ended).toEqual({ code, signal: null })
    expect(run.stdout().includes('Simplified ID Merge')).toBe(code < 2)
    expect(run.stderr()).toMatch(code < 2 ? /^$/ : /records\.json is not JSON: /)
  })

  it('reads standard input, and prints JSON', async () => {
    const command = `printf '%s' '${plain}' | "${process.execPath}" "${MAIN}" explain - --json`
    const run = processes.run('sh', ['-c', command], {})
    expect(await run.ended).toEqual({ code: 0, signal: null })
    expect(JSON.parse(run.stdout())).toMatchObject({ modes: { legacy: { users: [{ distinct_id: 'u' }] } } })
  })
})

describe('the command', () => {
  it.each([
    [['--help'], 0, /^Twinpanel answers/],
    [['help', 'exec'], 0, /^twinpanel exec \[options\] -- COMMAND:/],
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [['--ports'], 2, /^twinpanel serve has no option --ports\. Did you mean --port\?\n/],
  ])('%s', async (args, code, printed) => {
    const run = twinpanel(args)
    expect(await run.ended).toEqual({ code, signal: null })
    expect(run.stdout() + run.stderr()).toMatch(printed)
  })
})
