import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDirectory } from '../../../src/embedded-postgres/directory-lock.ts'

const log = { debug: () => undefined, warn: () => undefined, error: () => undefined }

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twinpanel-test-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function lock(dataDir = directory) {
  const locked = await lockDirectory(dataDir, { log, signal: undefined })
  if (!locked.ok) throw new Error(locked.error.message)
  return locked.value
}

describe.runIf(process.platform === 'linux')('the lock of a data directory', () => {
  it('has one owner, and leaves nothing when it is released', async () => {
    const first = await lock()
    await expect(lock()).rejects.toThrow(`The data directory ${directory} is in use by another`)
    await first.release()
    expect(existsSync(join(directory, 'owner.sock'))).toBe(false)
    await (await lock()).release()
  })

  it('is waited for while its owner stops', async () => {
    const first = await lock()
    first.stopping()
    const second = lock()
    await delay(1_500)
    const cancelled = lockDirectory(directory, { log, signal: AbortSignal.timeout(100) })
    expect((await cancelled).ok).toBe(false)
    await first.release()
    await (await second).release()
  })

  it('of a killed process is taken over', async () => {
    const program = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
    const path = join(directory, 'owner.sock')
    expect(() => execFileSync(process.execPath, ['-e', program, path], { stdio: 'ignore' })).toThrow()
    expect(existsSync(path)).toBe(true)
    await (await lock()).release()
  })

  it('is none where the path is too long for a socket, or no socket can be made', async () => {
    const deep = join(directory, 'd'.repeat(100))
    await mkdir(deep)
    const locks = [await lock(deep), await lock(deep), await lock('/proc/self'), await lock('/proc/self')]
    expect(existsSync(join(deep, 'owner.sock'))).toBe(false)
    for (const each of locks) await each.release()
  })
})
