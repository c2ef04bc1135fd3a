import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { BenchServer } from './start-server.ts'

/** A mock of /track as many write it: it answers 1, and reads nothing. */
const ENVIRONMENT = {
  uuid: '8f1f6d2a-0000-4000-8000-000000000001',
  lastMigration: 33,
  name: 'mixpanel',
  endpointPrefix: '',
  latency: 0,
  port: 0,
  hostname: '127.0.0.1',
  folders: [],
  routes: [
    {
      uuid: '8f1f6d2a-0000-4000-8000-000000000002',
      type: 'http',
      documentation: '',
      method: 'post',
      endpoint: 'track/',
      responses: [
        {
          uuid: '8f1f6d2a-0000-4000-8000-000000000003',
          body: '1',
          latency: 0,
          statusCode: 200,
          label: '',
          headers: [{ key: 'Content-Type', value: 'text/plain' }],
          bodyType: 'INLINE',
          filePath: '',
          databucketID: '',
          sendFileAsBody: false,
          rules: [],
          rulesOperator: 'OR',
          disableTemplating: true,
          fallbackTo404: false,
          default: true,
          crudKey: 'id',
          callbacks: [],
        },
      ],
      responseMode: null,
      streamingMode: null,
      streamingInterval: 0,
    },
  ],
  rootChildren: [{ type: 'route', uuid: '8f1f6d2a-0000-4000-8000-000000000002' }],
  proxyMode: false,
  proxyHost: '',
  proxyRemovePrefix: false,
  tlsOptions: { enabled: false },
  cors: true,
  headers: [],
  proxyReqHeaders: [],
  proxyResHeaders: [],
  data: [],
  callbacks: [],
}

const START_LIMIT_MS = 60_000

/** Starts Mockoon's CLI, by npx; undefined where npm cannot get it. */
export async function startMockoon(): Promise<BenchServer | undefined> {
  const npx = (...args: readonly string[]) => ['--yes', '@mockoon/cli', ...args]
  if (spawnSync('npx', npx('--version'), { stdio: 'ignore' }).status !== 0) return undefined
  const directory = await mkdtemp(join(tmpdir(), 'twinpanel-bench-'))
  const file = join(directory, 'mixpanel.json')
  await writeFile(file, JSON.stringify(ENVIRONMENT))
  const port = await freePort()
  const options = ['--data', file, '--port', String(port), '--disable-log-to-file', '--disable-admin-api']
  // In a group of its own, which is ended as a whole: npx starts a shell, and the shell the program.
  const child = spawn('npx', npx('start', ...options), { stdio: 'ignore', detached: true })
  const ended = once(child, 'exit')
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGTERM')
    await ended
    await rm(directory, { recursive: true, force: true })
  }
  const unknown = async () => undefined
  for (let ms = 0; ms < START_LIMIT_MS; ms += 200) {
    const answer = await fetch(`http://127.0.0.1:${port}/track/`, { method: 'POST' }).catch(() => undefined)
    if ((await answer?.text()) === '1') return { port, cpuUs: unknown, peakMegabytes: unknown, stop }
    await delay(200)
  }
  await stop()
  return undefined
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
