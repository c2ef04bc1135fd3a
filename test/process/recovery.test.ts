import { readdir } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { initialisedDataDir } from '../support/prepared-data.ts'
import {
  killWatcher,
  postgresPid,
  type ServerProcess,
  ServerProcesses,
  until,
} from '../support/server-process.ts'

const servers = new ServerProcesses()
afterEach(() => servers.clean())

const token = 'recovery'

/**
 * Sends events one after the other until the server is gone. Returns the names of those that were acknowledged; other
 * answers are added to `refusals`.
 */
async function trackUntilGone(
  url: string,
  prefix: string,
  refusals: string[] = [],
): Promise<readonly string[]> {
  const acknowledged: string[] = []
  for (let number = 0; ; number += 1) {
    const event = `${prefix}-${number}`
    const record = { event, properties: { token, distinct_id: prefix, $insert_id: event } }
    try {
      const answer = await fetch(`${url}/track`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([record]),
      })
      const text = await answer.text()
      if (text === '1') acknowledged.push(event)
      else refusals.push(text)
    } catch {
      return acknowledged
    }
  }
}

async function storedEvents(url: string): Promise<Set<string>> {
  const names = new Set<string>()
  for (let after = ''; ; ) {
    const answer = await fetch(
      `${url}/_twin/projects/${token}/events?limit=1000${after && `&after=${after}`}`,
    )
    // Nobody knows the project before its first event.
    if (answer.status === 404) return names
    const page = (await answer.json()) as { events: { event: string }[]; next?: string | null }
    for (const { event } of page.events) names.add(event)
    if (!page.next) return names
    after = encodeURIComponent(page.next)
  }
}

/** Lets four clients send while the server is killed the hard way. */
async function killWhileTracking(server: ServerProcess, kill: () => void): Promise<readonly string[]> {
  const url = await server.url()
  const clients = ['a', 'b', 'c', 'd'].map((prefix) => trackUntilGone(url, prefix))
  await until('events to be stored', async () => (await storedEvents(url)).size > 50)
  kill()
  await server.ended
  return (await Promise.all(clients)).flat()
}

describe('after kill -9', () => {
  it('of the server and its watcher, the next start finds the Postgres they left and every acknowledged event', async () => {
    const dataDir = await initialisedDataDir(servers)
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    await first.url()
    await killWatcher(first)
    const acknowledged = await killWhileTracking(first, () => first.child.kill('SIGKILL'))
    const orphan = await postgresPid(dataDir)
    expect(orphan).toBeDefined()
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const stored = await storedEvents(await second.url())
    expect(acknowledged.filter((event) => !stored.has(event))).toEqual([])
    // Of each client the last one that is stored may not have had its answer.
    expect(acknowledged.length).toBeGreaterThan(50 - 4)
    expect(second.stderr()).toContain('the Postgres it left is being stopped')
    expect(await postgresPid(dataDir)).not.toBe(orphan)
  })

  it('of the server and Postgres, the log is replayed and holds every acknowledged event', async () => {
    const dataDir = await initialisedDataDir(servers)
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    await first.url()
    const pid = (await postgresPid(dataDir)) ?? 0
    const acknowledged = await killWhileTracking(first, () => {
      process.kill(pid, 'SIGKILL')
      first.child.kill('SIGKILL')
    })
    // The pid file of the dead is still there.
    expect(await postgresPid(dataDir)).toBe(pid)
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const stored = await storedEvents(await second.url())
    expect(acknowledged.filter((event) => !stored.has(event))).toEqual([])
    // Of each client the last one that is stored may not have had its answer.
    expect(acknowledged.length).toBeGreaterThan(50 - 4)
  })

  it.each([
    ['while the cluster is being made', 'postgres.new-'],
    ['while Postgres is being started', 'postgres'],
  ])('during the first start, %s, the next one begins anew', async (_stage, entry) => {
    const dataDir = servers.newDataDir()
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    await until(entry, async () => {
      const names = await readdir(dataDir).catch(() => [])
      return names.some((name) => name === entry || (name.startsWith(entry) && entry.endsWith('-')))
    })
    first.child.kill('SIGKILL')
    await first.ended
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect((await fetch(`${await second.url()}/_twin/health`)).ok).toBe(true)
  })
})

describe('after SIGTERM under load', () => {
  it('no request has been refused for it, and every acknowledged event is there', async () => {
    const dataDir = await initialisedDataDir(servers)
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const url = await first.url()
    const refusals: string[] = []
    const clients = Array.from({ length: 32 }, (_, n) => trackUntilGone(url, `client ${n}`, refusals))
    await until('events to be stored', async () => (await storedEvents(url)).size > 200)
    first.child.kill('SIGTERM')
    expect(await first.ended).toEqual({ code: 0, signal: null })
    const acknowledged = (await Promise.all(clients)).flat()
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const stored = await storedEvents(await second.url())
    expect(refusals).toEqual([])
    expect(acknowledged.filter((event) => !stored.has(event))).toEqual([])
    expect(acknowledged.length).toBeGreaterThan(200)
  })
})

describe('one data directory', () => {
  it('is refused to a second server, and the first goes on', async () => {
    const dataDir = await initialisedDataDir(servers)
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const url = await first.url()
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await second.ended).toEqual({ code: 1, signal: null })
    expect(second.stdout()).toBe('')
    expect(second.stderr()).toBe(
      `The data directory ${dataDir} is in use by another Twinpanel server. Stop it, or set TWINPANEL_DATA_DIR to ` +
        'another directory.\n',
    )
    expect((await fetch(`${url}/_twin/ready`)).status).toBe(200)
  })

  it('goes to one of three that start at once, on an empty directory and after a kill', async () => {
    const dataDir = servers.newDataDir()
    for (const round of ['empty', 'after a kill']) {
      const three = [1, 2, 3].map(() => servers.start({ TWINPANEL_DATA_DIR: dataDir }))
      const outcomes = await Promise.all(three.map((server) => Promise.race([server.url(), server.ended])))
      const winners = three.filter((_, index) => typeof outcomes[index] === 'string')
      const said = `${round}: ${three.map((server) => server.stderr()).join()}`
      expect(winners, said).toHaveLength(1)
      expect(
        three.filter((server) => /is in use by another/.test(server.stderr())),
        said,
      ).toHaveLength(2)
      winners[0]?.child.kill('SIGKILL')
      await Promise.all(three.map((server) => server.ended))
    }
  })
})
