import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { cloneDatabase } from '../support/database.ts'
import { type ServerProcess, ServerProcesses } from '../support/server-process.ts'

/** So long the server may work on other things, in ms, before it answers somebody who has asked for its health. */
export const MAX_WAIT_MS = 200

/** A server in a process of its own, as `npm start` runs it, so that an attack cannot stop the test. */
export interface AttackedServer {
  readonly url: string
  readonly port: number
  readonly process: ServerProcess
  /** Runs an attack, and tells how long another client waited at most for /_twin/health. */
  longestWait(attack: () => Promise<unknown>): Promise<Wait>
  /** Most memory that the process has ever held, in MB; undefined where the system does not tell. */
  peakMb(): Promise<number | undefined>
  close(): Promise<void>
}

/** The longest of the waits of a client, in ms. */
interface Wait {
  /** By the clock; a machine that does much else makes it longer. */
  readonly clockMs: number
  /** Of the processor's time that the server's main thread has had meanwhile, where the system tells. */
  readonly workMs: number
}

/** Starts one on a database of its own. In: its environment, and flags of Node such as --max-old-space-size=512. */
export async function startAttackedServer(
  env: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<AttackedServer> {
  const database = await cloneDatabase()
  const servers = new ServerProcesses()
  const settings = { DATABASE_URL: database.connectionString, TWINPANEL_UNKNOWN_TOKENS: 'create', ...env }
  const server = servers.start(settings, nodeFlags)
  const url = await server.url()
  return {
    url,
    port: Number(new URL(url).port),
    process: server,
    longestWait: (attack) => longestWait(url, server, attack),
    peakMb: () => peakMb(server),
    close: async () => {
      await servers.clean()
      await database.drop()
    },
  }
}

/** How often the other client asks. */
const ASK_EVERY_MS = 5

async function longestWait(
  url: string,
  server: ServerProcess,
  attack: () => Promise<unknown>,
): Promise<Wait> {
  let longest = { clockMs: 0, workMs: 0 }
  let isOver = false
  const ask = async (): Promise<void> => {
    const began = { clockMs: performance.now(), workMs: mainThreadMs(server) }
    const answer = await fetch(`${url}/_twin/health`)
    await answer.text()
    if (answer.status !== 200) throw new Error(`the other client was answered ${answer.status}`)
    longest = {
      clockMs: Math.max(longest.clockMs, performance.now() - began.clockMs),
      workMs: Math.max(longest.workMs, mainThreadMs(server) - began.workMs),
    }
  }
  // The first request of a process opens a connection and loads what asks.
  await ask()
  longest = { clockMs: 0, workMs: 0 }
  const asking = (async () => {
    while (!isOver) {
      await ask()
      await delay(ASK_EVERY_MS)
    }
  })()
  // Whichever fails first is told; the other must not be left running.
  await Promise.all([attack().finally(() => (isOver = true)), asking])
  return longest
}

/** How long the main thread of a process has run on a processor, in ms; by the clock where the system does not tell. */
function mainThreadMs({ child: { pid } }: ServerProcess): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6
  } catch {
    return performance.now()
  }
}

async function peakMb({ child }: ServerProcess): Promise<number | undefined> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
  const kb = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]
  return kb === undefined ? undefined : Number(kb) / 1_024
}
