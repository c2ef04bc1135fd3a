import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Credentials, Project } from '../../src/api/projects.shape.ts'
import { type Client, createClient } from '../../src/client/client.ts'
import { startOnDatabase } from '../support/prepared-data.ts'
import { MAIN, type ServerProcess, ServerProcesses, until } from '../support/server-process.ts'

/* `send` and `export` as their users run them, with one server for all. */

const processes = new ServerProcesses()
let [url, folder] = ['', '']
let client: Client
beforeAll(async () => {
  const dataDir = processes.newDataDir()
  folder = dirname(dataDir)
  url = await (await startOnDatabase(processes)).url()
  client = createClient({ url })
})
afterAll(() => processes.clean())

/** Runs the command; a terminal's shell does with `through`, a command line in which `twinpanel` is it. */
function twinpanel(...args: readonly string[]): ServerProcess {
  return processes.run(process.execPath, [MAIN, ...args], { TWINPANEL_URL: url })
}

function through(line: string): ServerProcess {
  const command = line.replaceAll(/twinpanel(?= (?:send|export) )/g, `"${process.execPath}" "${MAIN}"`)
  return processes.run('bash', ['-c', `set -o pipefail; ${command}`], { TWINPANEL_URL: url })
}

async function outcomeOf(run: ServerProcess) {
  const { code } = await run.ended
  return { code, stdout: run.stdout(), stderr: run.stderr() }
}

const nowS = Math.floor(Date.now() / 1_000)

/** Events with a plan, spread over some hours. */
function events(count: number, token?: string): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const properties = {
      token,
      distinct_id: `u${n % 997}`,
      time: nowS - (n % 20_000),
      $insert_id: `i${n}`,
      n,
      plan: 'pro',
    }
    return JSON.stringify({ event: `View ${n % 10}`, properties })
  })
}

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const newProject = (): Promise<Project & Credentials> => client.projects.create({})
const countOf = async (token: string) => {
  const run = await outcomeOf(through(`twinpanel export --project ${token} | wc -l`))
  expect(run).toMatchObject({ code: 0, stderr: '' })
  return Number(run.stdout)
}

/** Takes 20 KB at a time, and 5 ms for each. */
const SLOW_READER = `
  const { readSync } = require("fs")
  const piece = Buffer.alloc(20_000)
  let lines = 0
  for (let size; (size = readSync(0, piece)) > 0; ) {
    lines += piece.subarray(0, size).filter((byte) => byte === 10).length
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  }
  console.log(lines)`

describe('send and export', () => {
  it('move 40,000 events from a gzip file to a project, to a gzip file and to another project', async () => {
    const [from, to] = [await newProject(), await newProject()]
    const sent = await write('events.jsonl.gz', gzipSync(`${events(40_000, from.token).join('\n')}\n`))
    expect(await outcomeOf(twinpanel('send', sent))).toEqual({
      code: 0,
      stdout: '40,000 records sent, 40,000 stored\n',
      stderr: '',
    })
    const exported = join(folder, 'exported.jsonl.gz')
    expect(await outcomeOf(twinpanel('export', exported, '--project', from.token))).toEqual({
      code: 0,
      stdout: '',
      stderr: `40,000 events written to ${exported}\n`,
    })
    const lines = gunzipSync(await readFile(exported))
      .toString()
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(40_000)
    const imported = await outcomeOf(twinpanel('send', exported, '--endpoint', 'import', '--token', to.token))
    expect(imported).toMatchObject({ code: 0, stdout: '40,000 records sent, 40,000 stored\n' })
    const where = `properties["n"] == 4711`
    const run = await outcomeOf(twinpanel('export', '--project', to.token, '--where', where))
    const { event, properties } = JSON.parse(run.stdout)
    const { time } = JSON.parse(events(4_712)[4_711] ?? '').properties
    expect([event, properties]).toEqual([
      'View 1',
      expect.objectContaining({ distinct_id: 'u723', $insert_id: 'i4711', time: time * 1_000, plan: 'pro' }),
    ])
  })
})

describe('send', () => {
  it('says which records were refused, and why, by their lines', async () => {
    const { token } = await newProject()
    const event = (more: object, name = 'A') => ({
      event: name,
      properties: { token, distinct_id: 'u', ...more },
    })
    const records = [
      event({}),
      event({ time: 1_700_000_000 }),
      event({ alias: 'b' }, '$create_alias'),
      event({}, ''),
    ]
    const file = await write('refused.jsonl', records.map((record) => JSON.stringify(record)).join('\n\n'))
    const run = await outcomeOf(twinpanel('send', file))
    expect(run).toMatchObject({ code: 1, stderr: '' })
    expect(run.stdout).toMatch(/^4 records sent, 1 stored, 3 not stored\n/)
    expect(run.stdout).toContain('✗ 1 record dropped: time.too_old_for_track (line 3)\n')
    expect(run.stdout).toContain('✗ 1 record no effect: identity.alias_noop_simplified (line 5)\n')
    expect(run.stdout).toContain('✗ 1 record rejected: record.invalid (line 7)\n')
    const json = await outcomeOf(twinpanel('send', file, '--json'))
    expect(JSON.parse(json.stdout)).toMatchObject({ sent: 4, stored: 1, reached: 4, reasons: { length: 3 } })
  })

  it('tries again while the server answers 503, and sends everything once, which a slow reader gets to the end', async () => {
    const { token } = await newProject()
    const faults = [{ path: '/track', status: 503, retry_after: 0, times: 3, skip: 1 }]
    await client.project(token).faults.set({ faults })
    const file = await write('busy.json', `[${events(9_000).join(',')}]`)
    const run = await outcomeOf(twinpanel('send', file, '--token', token))
    expect(run).toMatchObject({ code: 0, stdout: '9,000 records sent, 9,000 stored\n' })
    expect(await client.project(token).faults.get()).toMatchObject([{ fired: 3 }])
    expect(await countOf(token)).toBe(9_000)
    const slowly = `twinpanel export --project ${token} | "${process.execPath}" -e '${SLOW_READER}'`
    expect(await outcomeOf(through(slowly))).toMatchObject({ code: 0, stdout: '9000\n' })
  })

  it('says how far it was when it is stopped, so that it can go on there', async () => {
    const { token } = await newProject()
    await client.project(token).faults.set({ faults: [{ path: '/track', latency_ms: 300 }] })
    const file = await write('long.jsonl', events(40_000, token).join('\n'))
    const stopped = twinpanel('send', file, '--concurrency', '2')
    await until('the first requests', async () => (await countOf(token)) >= 2_000)
    stopped.child.kill('SIGINT')
    const { code, stderr } = await outcomeOf(stopped)
    const skip =
      /^Stopped\.\nThe first \S+ records of .* need not be sent again: go on with --skip (\d+)\.\n$/.exec(
        stderr,
      )
    expect([code, Number(skip?.[1])]).toEqual([130, expect.any(Number)])
    expect(await countOf(token)).toBe(Number(skip?.[1]))
    await client.project(token).faults.clear()
    const rest = await outcomeOf(twinpanel('send', file, '--skip', skip?.[1] ?? ''))
    expect(rest.code).toBe(0)
    expect(await countOf(token)).toBe(40_000)
  })

  it.each([
    [
      'a broken record',
      '{"event":"A","properties":{"token":"T","distinct_id":"u"}}\n{"event":',
      'line 2 begins a record that does not end',
    ],
    [
      'a record that is not JSON',
      '{"event":"A","properties":{"token":"T","distinct_id":"u"}}\n{event:1}',
      'is not JSON in line 2: ',
    ],
  ])('sends what comes before %s, and ends with its line', async (_name, text, sentence) => {
    const { token } = await newProject()
    const file = await write('broken.jsonl', text.replace('T', token))
    const run = await outcomeOf(twinpanel('send', file))
    expect(run).toMatchObject({ code: 2, stdout: '1 record sent, 1 stored\n' })
    expect(run.stderr).toContain(sentence)
    expect(run.stderr).toContain('go on with --skip 1.')
  })

  it('reads gzip from standard input, and tells that it was cut', async () => {
    const { token } = await newProject()
    const whole = gzipSync(events(5_000, token).join('\n'))
    const [good, cut] = [
      await write('whole.gz', whole),
      await write('cut.gz', whole.subarray(0, whole.length - 900)),
    ]
    expect(await outcomeOf(through(`cat ${good} | twinpanel send -`))).toMatchObject({ code: 0, stderr: '' })
    const run = await outcomeOf(through(`cat ${cut} | twinpanel send -`))
    expect(run.code).toBe(2)
    expect(run.stderr).toMatch(/^standard input is cut: .*Z_BUF_ERROR/)
  })

  it.each([
    [
      'no server',
      ['--url', 'http://127.0.0.1:9'],
      1,
      /^No answer from http:\/\/127\.0\.0\.1:9 .* Start a server with npx twinpanel/,
    ],
    ['Mixpanel itself', ['--url', 'https://api.mixpanel.com'], 2, /is Mixpanel itself: .* Add --really/],
    [
      'wrong credentials',
      ['--endpoint', 'import', '--secret', 'x'],
      1,
      /^The server answered 401: .*no project has this secret/,
    ],
  ])('sends nothing to %s', async (_name, args, code, sentence) => {
    const file = await write('one.jsonl', events(1, 't').join('\n'))
    const run = await outcomeOf(twinpanel('send', file, ...args))
    expect(run).toEqual({ code, stdout: '', stderr: expect.stringMatching(sentence) })
  })
})

describe('export', () => {
  it('writes no file if the connection breaks, or the server ends early', async () => {
    const { token, secret } = await newProject()
    const file = await write('some.jsonl', events(3_000, token).join('\n'))
    expect((await outcomeOf(twinpanel('send', file))).code).toBe(0)
    const target = join(folder, 'half.jsonl')
    for (const [fault, sentence] of [
      [
        { path: '/api/2.0/export', truncate_response: true },
        /^The connection was lost .*: the export is not complete/,
      ],
      [{ terminate_early: true }, /^The server ended the export early: it is not complete/],
      [{ path: '/api/2.0/export', status: 500 }, /answered 500/],
    ] as const) {
      await client.project(token).faults.set({ faults: [fault] })
      const run = await outcomeOf(twinpanel('export', target, '--secret', secret))
      expect(run).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(sentence) })
      expect(existsSync(target)).toBe(false)
    }
    await client.project(token).faults.clear()
    expect((await outcomeOf(twinpanel('export', target, '--secret', secret))).code).toBe(0)
    expect((await readFile(target, 'utf8')).trimEnd().split('\n')).toHaveLength(3_000)
  })

  it('ends quietly when its reader has seen enough', async () => {
    const { token } = await newProject()
    const file = await write('many.jsonl', events(5_000, token).join('\n'))
    await twinpanel('send', file).ended
    const run = await outcomeOf(through(`twinpanel export --project ${token} | head -1`))
    expect(run).toEqual({ code: 141, stdout: expect.stringMatching(/^\{"event":.*\}\n$/), stderr: '' })
  })

  it('selects days and names, and writes profiles that send takes', async () => {
    const [{ token }, other] = [await newProject(), await newProject()]
    const day = (time: number) => new Date(time * 1_000).toISOString().slice(0, 10)
    const early = nowS - 2 * 86_400
    const event = (name: string, time: number) =>
      JSON.stringify({ event: name, properties: { token, distinct_id: 'u', time } })
    const file = await write('days.jsonl', [event('A', early), event('A', nowS), event('B', nowS)].join('\n'))
    await twinpanel('send', file).ended
    const names = async (...args: readonly string[]) => {
      const { stdout } = await outcomeOf(twinpanel('export', '--project', token, ...args))
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).event)
    }
    expect(await names('--to', day(early))).toEqual(['A'])
    expect(await names('--from', day(nowS), '--event', 'B')).toEqual(['B'])
    const profile = JSON.stringify({ $token: token, $distinct_id: 'u', $set: { plan: 'pro' }, $time: early })
    expect(
      (await outcomeOf(twinpanel('send', await write('p.jsonl', profile), '--endpoint', 'engage'))).code,
    ).toBe(0)
    const move = `twinpanel export --profiles --project ${token} | twinpanel send - --endpoint engage --token ${other.token}`
    expect(await outcomeOf(through(move))).toMatchObject({ code: 0, stdout: '1 record sent, 1 stored\n' })
    const copied = await outcomeOf(twinpanel('export', '--profiles', '--secret', other.secret))
    expect(JSON.parse(copied.stdout)).toEqual({ $distinct_id: 'u', $time: early, $set: { plan: 'pro' } })
  })

  it.each([
    [['--project', 'nobody'], 1, /^No project has this id or token/],
    [['--secret', 'wrong'], 1, /answered 401: Unauthorized/],
    [['/no/such/folder/f', '--project', 'P'], 1, /^\/no\/such\/folder\/f cannot be written \(ENOENT\)/],
  ])('says what is wrong: %s', async (args, code, sentence) => {
    const { token } = await newProject()
    const run = await outcomeOf(twinpanel('export', ...args.map((arg) => (arg === 'P' ? token : arg))))
    expect(run).toEqual({ code, stdout: '', stderr: expect.stringMatching(sentence) })
  })
})
