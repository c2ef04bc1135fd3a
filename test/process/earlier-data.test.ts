import { Client } from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { ClustersAlone, urlFor } from '../support/cluster-alone.ts'
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts'
import { MAKE_EARLIER_DATA, snapshotOf } from '../support/earlier-data.ts'
import { postgresPid, ServerProcesses } from '../support/server-process.ts'

/* What versions before 0.1.0 have made is refused at the start, and nothing of it is changed. */

const servers = new ServerProcesses()
const clusters = new ClustersAlone()
const databases: TestDatabase[] = []
afterEach(async () => {
  await clusters.stop()
  await servers.clean()
  for (const database of databases.splice(0)) await database.drop()
})

async function run(url: string, statements: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(statements).finally(() => client.end())
}

describe('what a version before 0.1.0 has made', () => {
  it('as the database of DATABASE_URL is refused with what to do, and left as it was', async () => {
    const database = await createEmptyDatabase()
    databases.push(database)
    await run(database.connectionString, MAKE_EARLIER_DATA)
    const before = await snapshotOf(database.connectionString)
    const server = servers.start({ DATABASE_URL: database.connectionString })
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stdout()).toBe('')
    expect(server.stderr()).toMatch(
      /^The database in DATABASE_URL was created by Twinpanel before version 0\.1\.0, .*name another database.*\.\n$/,
    )
    expect(await snapshotOf(database.connectionString)).toEqual(before)
  })

  it('as a data directory is refused with what to do, and left as it was', async () => {
    const dataDir = servers.newDataDir()
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    await first.url()
    const url = await urlFor('twinpanel_server', dataDir)
    await run(url, `drop owned by current_user; ${MAKE_EARLIER_DATA}`)
    const before = await snapshotOf(url)
    first.child.kill('SIGTERM')
    await first.ended

    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir, LOG_LEVEL: 'error' })
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stdout()).toBe('')
    expect(server.stderr()).toMatch(
      /^The data in .* was created by Twinpanel before version 0\.1\.0, .*set TWINPANEL_DATA_DIR to another\.\n$/,
    )
    expect(server.stderr()).toContain(dataDir)
    expect(await postgresPid(dataDir)).toBeUndefined()
    const alone = await clusters.start(dataDir, 'twinpanel_server')
    expect(await snapshotOf(alone.url)).toEqual(before)
  })
})
