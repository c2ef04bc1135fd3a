import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { postgresPid, ServerProcesses } from '../support/server-process.ts'

const servers = new ServerProcesses()
afterEach(() => servers.clean())

const isRoot = process.getuid?.() === 0

/** Starts a server that is to fail. Returns what it says. */
async function refusalOf(dataDir: string): Promise<string> {
  // Without the warning of a Postgres that takes long to start, which a busy machine may give.
  const server = servers.start({ TWINPANEL_DATA_DIR: dataDir, LOG_LEVEL: 'error' })
  expect(await server.ended).toEqual({ code: 1, signal: null })
  expect(server.stdout()).toBe('')
  expect(await postgresPid(dataDir)).toBeUndefined()
  return server.stderr()
}

describe('a data directory', () => {
  it('of another major version is refused, and left as it is', async () => {
    const dataDir = servers.newDataDir()
    await mkdir(join(dataDir, 'postgres/cluster'), { recursive: true })
    await writeFile(join(dataDir, 'postgres/cluster/PG_VERSION'), '16\n')
    expect(await refusalOf(dataDir)).toMatch(
      /^The data in .* belongs to Postgres 16, the programs are Postgres 18/,
    )
    expect(await readFile(join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8')).toBe('16\n')
  })

  it('whose cluster is damaged is refused with what Postgres says', async () => {
    const dataDir = servers.newDataDir()
    await mkdir(join(dataDir, 'postgres/cluster'), { recursive: true })
    await chmod(join(dataDir, 'postgres/cluster'), 0o700)
    await writeFile(join(dataDir, 'postgres/cluster/PG_VERSION'), '18\n')
    await writeFile(join(dataDir, 'postgres/password'), 'secret\n')
    if (isRoot) await chown(join(dataDir, 'postgres/cluster'), 65_534, 65_534)
    const said = await refusalOf(dataDir)
    expect(said).toMatch(/^Postgres did not start on .*\n(.*\n)*.*(configuration file|postgresql\.conf)/)
    expect(said).not.toContain('secret')
  })

  it('keeps the password and the data from other users', async () => {
    const dataDir = servers.newDataDir()
    await servers.start({ TWINPANEL_DATA_DIR: dataDir }).url()
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700)
    const password = await stat(join(dataDir, 'postgres/password'))
    expect(password.mode & 0o777).toBe(0o600)
    expect(password.uid === 0).toBe(false)
  })
})
