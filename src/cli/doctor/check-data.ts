import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { startTwinpanel, TwinpanelStartError } from '../../package/start-twinpanel.ts'
import { checkDatabase } from '../../server/check-database.ts'
import { codeOf } from '../../start-error.ts'
import { type Check, good, note, problem } from './check.ts'

/** A new cluster has 45 MB, and its log of changes grows to some hundred. */
const MIN_FREE_BYTES = 500 * 1_048_576
/** What Docker gives by default is 64 MB, which is enough. */
const MIN_SHM_BYTES = 16 * 1_048_576

/** Whether the data can be kept in a directory, which may not exist yet. */
export async function checkDirectory(dataDir: string): Promise<Check> {
  const path = resolve(dataDir)
  const existing = await nearestExisting(path)
  try {
    if (!(await stat(existing)).isDirectory()) {
      return problem('data', `${existing} is no directory.`, 'Name another with --data-dir.')
    }
    await access(existing, constants.W_OK | constants.X_OK)
  } catch (error) {
    const advice = 'Name another directory with --data-dir, or change its permissions.'
    return problem('data', `${existing} cannot be written to (${codeOf(error)}).`, advice)
  }
  const { bavail, bsize } = await statfs(existing)
  const free = bavail * bsize
  const found = `${path} can be written to, with ${inUnits(free)} free`
  return free < MIN_FREE_BYTES
    ? note(
        'data',
        `${found}.`,
        'Postgres stops when the disk is full: make room, or name another --data-dir.',
      )
    : good('data', found)
}

async function nearestExisting(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined || path === dirname(path) ? path : await nearestExisting(dirname(path))
}

function inUnits(bytes: number): string {
  const gigabytes = bytes / 1_073_741_824
  return gigabytes >= 1 ? `${gigabytes.toFixed(0)} GB` : `${(bytes / 1_048_576).toFixed(0)} MB`
}

/** Whether the embedded Postgres starts: it is started, on a directory that is removed at once. */
export async function checkEmbedded(): Promise<readonly Check[]> {
  const startedAt = performance.now()
  const shm = await checkSharedMemory()
  try {
    const twinpanel = await startTwinpanel()
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    await twinpanel.stop()
    return [good('Postgres', `the embedded one starts, with the server, in ${seconds} s`), ...shm]
  } catch (error) {
    if (!(error instanceof TwinpanelStartError)) throw error
    return [problem('Postgres', error.message), ...shm]
  }
}

async function checkSharedMemory(): Promise<readonly Check[]> {
  if (process.platform !== 'linux') return []
  const shm = await statfs('/dev/shm').catch(() => undefined)
  if (shm === undefined) {
    return [note('memory', 'There is no /dev/shm.', 'Mount one (Docker does): Postgres shares memory there.')]
  }
  const size = shm.blocks * shm.bsize
  if (size >= MIN_SHM_BYTES) return []
  return [note('memory', `/dev/shm has ${inUnits(size)}.`, 'Give it 64 MB: docker run --shm-size=64m.')]
}

/** Whether a database of the user's own can be used. Changes nothing there. */
export async function checkOwnDatabase(url: string): Promise<Check> {
  const checked = await checkDatabase(url)
  if (!checked.ok) return problem('database', checked.error)
  const { version, mayCreate, isMigrated } = checked.value
  const found = `DATABASE_URL answers: Postgres ${version}, ${isMigrated ? 'used by Twinpanel before' : 'empty of Twinpanel'}`
  if (!mayCreate) {
    const advice = 'Grant it: grant create on schema public to the user in DATABASE_URL.'
    return problem('database', `${found}. Its user may not create tables.`, advice)
  }
  return good('database', found)
}
