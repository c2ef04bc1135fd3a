import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeTestDirectory } from './postgres.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The program of the server: the sources, or their bundle (bundled-server.ts). */
export const MAIN = resolve(ROOT, process.env['TEST_SERVER_MAIN'] ?? 'src/main.ts')

/**
 * The environment of a program of the server. As src/launch.js, which would also read a .env of the checkout, it sets
 * the compile cache: half of the time of a start.
 */
export const PROGRAM_ENV = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/twinpanel'),
}

/** How a process ended. */
interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A start takes a second or two, but much longer on a busy machine. */
const START_LIMIT_MS = 50_000

/** A server started as by `npm start`. */
export interface ServerProcess {
  readonly child: ChildProcess
  /** Resolves when the process has ended and all of its output has been read. */
  readonly ended: Promise<ProcessEnd>
  stdout(): string
  stderr(): string
  /** The URL in the log line that it is listening. Throws with the output if the process ends or takes too long. */
  url(): Promise<string>
}

/** Waits until `probe` returns something other than undefined, null or false; throws after `limitMs`. */
export async function until<T>(
  what: string,
  probe: () => Promise<T> | T,
  limitMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== null && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what}`)
    await delay(10)
  }
}

/** The servers and data directories of a test file; `clean` stops and removes those that are left. */
export class ServerProcesses {
  readonly #servers: ServerProcess[] = []
  readonly #dataDirs: string[] = []
  readonly #cleaning: (() => Promise<void>)[] = []

  /** The path of a data directory that does not exist yet. */
  newDataDir(): string {
    const parent = makeTestDirectory()
    this.#dataDirs.push(parent)
    return join(parent, 'data')
  }

  /** Starts a server on a free port, with only `env` as its environment. */
  start(env: Readonly<Record<string, string>>, nodeFlags: readonly string[] = []): ServerProcess {
    const server = this.run(process.execPath, [...nodeFlags, MAIN], { PORT: '0', ...env })
    return server
  }

  /** Runs any program that starts a server. */
  run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): ServerProcess {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...PROGRAM_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const server = watch(child)
    this.#servers.push(server)
    return server
  }

  /** Has `clean` call this once the servers have ended; what was added last first. */
  onClean(clean: () => Promise<void>): void {
    this.#cleaning.push(clean)
  }

  async clean(): Promise<void> {
    for (const server of this.#servers.splice(0)) {
      server.child.kill('SIGKILL')
      await server.ended
    }
    for (const parent of this.#dataDirs.splice(0)) {
      await stopPostgres(join(parent, 'data'))
      await rm(parent, { recursive: true, force: true, maxRetries: 5 })
    }
    for (const clean of this.#cleaning.splice(0).toReversed()) await clean()
  }
}

/** The process id of the Postgres on a data directory, from its pid file; undefined if it is not running. */
export async function postgresPid(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return Number.isNaN(pid) ? undefined : pid
}

/** Kills the process that would stop the Postgres of a server that is about to be killed. Linux only. */
export async function killWatcher({ child: { pid } }: ServerProcess): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  for (const id of children.trim().split(' ')) {
    if ((await readFile(`/proc/${id}/cmdline`, 'utf8')).includes('twinpanel-watcher'))
      process.kill(Number(id), 'SIGKILL')
  }
}

async function stopPostgres(dataDir: string): Promise<void> {
  const pid = await postgresPid(dataDir)
  if (pid === undefined) return
  try {
    process.kill(pid, 'SIGINT')
  } catch {
    return
  }
  await until('Postgres to stop', async () => (await postgresPid(dataDir)) === undefined)
}

function watch(child: ChildProcess): ServerProcess {
  let [out, errors] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  let end: ProcessEnd | undefined
  const ended = new Promise<ProcessEnd>((done) => {
    child.once('close', (code, signal) => {
      end = { code, signal }
      done(end)
    })
  })
  const url = async (): Promise<string> => {
    const find = () => /listening on (\S+)\n/.exec(out)?.[1] ?? (end && 'ended')
    const found = await until('the URL', find, START_LIMIT_MS)
    if (found === 'ended') throw new Error(`the server has ended (${JSON.stringify(end)}):\n${errors}`)
    return found
  }
  return { child, ended, stdout: () => out, stderr: () => errors, url }
}
