import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

// `npm run walk` counts the functions of src that one warm request runs, by V8's coverage: how long is a request's path
// through the code? With `--list`, it also names the files and functions.

const TOKEN = '5f3759df5f3759df5f3759df5f3759df'
const WARM_UP = 50
const PORT = 4_199
const BASE = `http://127.0.0.1:${PORT}`

/** The part of V8's coverage that is used. */
interface Coverage {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly {
      readonly functionName: string
      readonly ranges: readonly [{ readonly count: number }]
    }[]
  }[]
}

const server = await startServer()
try {
  const { command: debug, close } = await openDebugger(server.debuggerUrl)
  for (const [name, ask] of Object.entries(requests())) {
    for (let n = 0; n < WARM_UP; n++) await ask(n)
    await debug('Profiler.takePreciseCoverage')
    await ask(WARM_UP)
    report(name, (await debug('Profiler.takePreciseCoverage')) as Coverage)
  }
  close()
} finally {
  await server.stop()
}

function requests(): Readonly<Record<string, (n: number) => Promise<void>>> {
  const event = (n: number) => ({
    event: 'Signed up',
    properties: {
      token: TOKEN,
      distinct_id: 'charlie',
      $insert_id: `i${n}`,
      time: Math.floor(Date.now() / 1_000),
      plan: 'pro',
    },
  })
  const authorization = `Basic ${Buffer.from(`${TOKEN}:`).toString('base64')}`
  return {
    '/track, one event': (n) => send('/track', { body: JSON.stringify([event(n)]) }),
    '/import, strict, ten events': (n) =>
      send('/import?strict=1', {
        body: JSON.stringify(Array.from({ length: 10 }, (_, at) => event(1_000 + n * 10 + at))),
        headers: { authorization },
      }),
    '/engage, one $set': () =>
      send('/engage', {
        body: JSON.stringify([{ $token: TOKEN, $distinct_id: 'charlie', $set: { plan: 'pro' } }]),
      }),
    'GET /_twin/projects/:p/users/:id': () => send(`/_twin/projects/${TOKEN}/users/charlie`),
  }
}

async function send(
  path: string,
  { body, headers }: { body?: string; headers?: Record<string, string> } = {},
) {
  const init = { headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers } }
  const answer = await fetch(BASE + path, body === undefined ? init : { ...init, method: 'POST', body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
}

function report(name: string, { result }: Coverage): void {
  const files = result.filter(({ url }) => url.includes('/src/'))
  const ran = files.map(({ url, functions }) => ({
    path: url.slice(url.indexOf('/src/') + 1),
    names: functions
      .filter(({ ranges }) => ranges[0].count > 0)
      .map(({ functionName }) => functionName || '(callback)'),
  }))
  const walked = ran.filter(({ names }) => names.length > 0)
  const count = walked.reduce((sum, { names }) => sum + names.length, 0)
  console.log(`${name}: ${count} functions in ${walked.length} files`)
  if (!process.argv.includes('--list')) return
  for (const { path, names } of walked.toSorted((a, b) => a.path.localeCompare(b.path))) {
    console.log(`  ${path}: ${names.join(', ')}`)
  }
}

async function startServer() {
  const directory = await mkdtemp(join(tmpdir(), 'twinpanel-walk-'))
  const env = {
    ...process.env,
    PORT: String(PORT),
    TWINPANEL_DATA_DIR: directory,
    LOG_LEVEL: 'warn',
  }
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', 'src/start.js'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let debuggerUrl = ''
  createInterface(child.stderr).on('line', (line) => {
    debuggerUrl ||= /ws:\/\/\S+/.exec(line)?.[0] ?? ''
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
    await rm(directory, { recursive: true, force: true })
  }
  for (
    const started = Date.now();
    Date.now() - started < 60_000;
    await new Promise((next) => setTimeout(next, 100))
  ) {
    const isReady = await fetch(`${BASE}/_twin/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady && debuggerUrl !== '') return { debuggerUrl, stop }
  }
  await stop()
  throw new Error('the server did not start within a minute')
}

/** Connects to Node's inspector. Out: `command` sends a command and resolves with its result. */
async function openDebugger(url: string) {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  const waiting = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data))
    waiting.get(id)?.(result)
  })
  let last = 0
  const command = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve) => {
      waiting.set(++last, resolve)
      socket.send(JSON.stringify({ id: last, method, params }))
    })
  await command('Profiler.enable')
  await command('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  return { command, close: () => socket.close() }
}
