import { rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ok, type Result } from '../core/result.ts'
import type { Context } from './context.ts'
import { type EmbeddedPostgresError, reasonOf, refuse } from './error.ts'

const pollMs = 50
/** An owner may be about to end. */
const graceMs = 1_000
const stoppingLimitMs = 60_000
/** Longer paths do not fit into the address of a socket. */
const maxPathBytes = 100

/** A data directory that is ours. */
export interface DirectoryLock {
  /** Tells a server that wants the directory to wait. */
  stopping(): void
  release(): Promise<void>
}

const none: DirectoryLock = { stopping: () => undefined, release: () => Promise.resolve() }

/**
 * Takes a data directory for this process. Containers that mount the same one see neither each other's processes nor
 * ports, so that Postgres itself would run in both, and destroy the data. A Unix socket in the directory is seen by all
 * containers of a machine, and refuses connections when its process is gone. File systems without sockets have no lock.
 * Error: another server has it, or the start was cancelled meanwhile.
 */
export async function lockDirectory(
  dataDir: string,
  { log, signal }: Pick<Context, 'log' | 'signal'>,
): Promise<Result<DirectoryLock, EmbeddedPostgresError>> {
  const path = join(dataDir, 'owner.sock')
  if (process.platform !== 'linux' || Buffer.byteLength(path) > maxPathBytes) return ok(none)
  const limitMs = Date.now() + stoppingLimitMs
  let deadlineMs = Date.now() + graceMs
  try {
    for (;;) {
      const lock = await tryLock(path)
      if (lock !== undefined) return ok(lock)
      const state = await askOwner(path)
      if (state === 'stopping') deadlineMs = Math.min(Date.now() + graceMs, limitMs)
      if (state === 'gone') await rm(path, { force: true })
      else if (Date.now() > deadlineMs || signal?.aborted === true) return inUse(dataDir)
      else await delay(pollMs)
    }
  } catch (error) {
    log.debug(`${path} cannot be made (${reasonOf(error)}), so other containers are not detected`)
    return ok(none)
  }
}

/** Undefined if there is a socket already. */
async function tryLock(path: string): Promise<DirectoryLock | undefined> {
  let state = 'running'
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(state)
  })
  if (!(await listen(server, path))) return undefined
  server.unref()
  return {
    stopping: () => {
      state = 'stopping'
    },
    // Closing removes the file.
    release: () => new Promise((done) => server.close(() => done())),
  }
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((listening, failed) => {
    server.once('error', (error) => {
      if (reasonOf(error) === 'EADDRINUSE') listening(false)
      else failed(error)
    })
    server.listen(path, () => listening(true))
  })
}

/** What the owner of a socket says; `gone` if nobody listens, and empty if it does not answer. */
function askOwner(path: string): Promise<string> {
  return new Promise((answered, failed) => {
    let said = ''
    const socket = connect(path)
    socket.setTimeout(graceMs, () => socket.destroy())
    socket.on('data', (chunk) => {
      said += String(chunk)
    })
    socket.once('close', () => answered(said))
    socket.once('error', (error) => {
      const reason = reasonOf(error)
      if (reason === 'ECONNREFUSED' || reason === 'ENOENT') answered('gone')
      else if (reason !== 'ECONNRESET') failed(error)
    })
  })
}

function inUse(dataDir: string): Result<never, EmbeddedPostgresError> {
  const sentence = `The data directory ${dataDir} is in use by another Twinpanel server`
  return refuse('data_dir_in_use', `${sentence}. Stop it, or set TWINPANEL_DATA_DIR to another directory.`)
}
