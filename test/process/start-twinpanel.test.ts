import { existsSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startTwinpanel, type Twinpanel } from '../../src/package/start-twinpanel.ts'
import { useEnvironment } from '../support/environment.ts'
import { makeTestDirectory } from '../support/postgres.ts'
import { ServerProcesses } from '../support/server-process.ts'

const processes = new ServerProcesses()
/** The directories of others are not counted. */
const temporaryDirectory = makeTestDirectory()
useEnvironment({ TMPDIR: temporaryDirectory })
afterAll(() => rm(temporaryDirectory, { recursive: true, force: true }))

const started: Twinpanel[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((twinpanel) => twinpanel.stop()))
  await processes.clean()
})

async function start(options: Parameters<typeof startTwinpanel>[0] = {}): Promise<Twinpanel> {
  const twinpanel = await startTwinpanel(options)
  started.push(twinpanel)
  return twinpanel
}

async function track(url: string, token: string, event = 'A'): Promise<string> {
  const answer = await fetch(`${url}/track`, {
    method: 'POST',
    body: JSON.stringify([{ event, properties: { token, distinct_id: 'u' } }]),
  })
  return await answer.text()
}

async function eventsOf(url: string, token: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/_twin/projects/${token}/events`)
  const { events } = (await answer.json()) as { events: readonly { event: string }[] }
  return events.map(({ event }) => event)
}

/** The ephemeral directories. */
const ephemeral = () => readdirSync(tmpdir()).filter((name) => name.startsWith('twinpanel-ephemeral-'))

describe('startTwinpanel', () => {
  it('gives a server and projects, and removes the data at the stop', async () => {
    const before = ephemeral()
    const twinpanel = await start()
    const [directory = ''] = ephemeral().filter((name) => !before.includes(name))
    expect(existsSync(join(tmpdir(), directory, 'postgres/cluster'))).toBe(true)
    const project = await twinpanel.project({ name: 'Shop', id_management: 'original' })
    expect(project).toMatchObject({ url: twinpanel.url, name: 'Shop', id_management: 'original' })
    expect(project.secret).toMatch(/^\S+$/)
    expect(await track(project.url, project.token)).toBe('1')
    expect(await eventsOf(twinpanel.url, project.token)).toEqual(['A'])
    await Promise.all([twinpanel.stop(), twinpanel.stop()])
    expect(existsSync(join(tmpdir(), directory))).toBe(false)
    await expect(fetch(twinpanel.url)).rejects.toThrow()
  })

  it('keeps a data directory that it is given', async () => {
    const dataDir = processes.newDataDir()
    const first = await start({ dataDir })
    expect(await track(first.url, 'my-app')).toBe('1')
    await first.stop()
    const second = await start({ dataDir })
    expect(await eventsOf(second.url, 'my-app')).toEqual(['A'])
  })

  it('several in one process do not meet', async () => {
    const all = await Promise.all([start(), start(), start()])
    await Promise.all(all.map(({ url }, index) => track(url, 'same-token', `event ${index}`)))
    const events = await Promise.all(all.map(({ url }) => eventsOf(url, 'same-token')))
    expect(events).toEqual([['event 0'], ['event 1'], ['event 2']])
    await all[0]?.stop()
    expect(await track(all[1]?.url ?? '', 'same-token')).toBe('1')
  })

  it('leaves the process alone: no listener, nothing printed, and it ends by itself after the stop', async () => {
    const program = `
      import { startTwinpanel } from './src/package/start-twinpanel.ts'
      const listeners = () => JSON.stringify(process.eventNames().map((name) => [String(name), process.listenerCount(name)]))
      const before = listeners()
      {
        await using twinpanel = await startTwinpanel()
        await twinpanel.project()
        if (listeners() !== before) console.log(before, listeners())
      }`
    const child = processes.run(process.execPath, ['--input-type=module', '-e', program], {
      DATABASE_URL: 'postgres://localhost:1/the-application',
    })
    expect(await child.ended).toEqual({ code: 0, signal: null })
    expect(child.stdout() + child.stderr()).toBe('')
  })

  it('8 starts and stops leave no handle, no listener and no file', async () => {
    const temporary = join(processes.newDataDir(), '..')
    const program = `
      import { readdirSync } from 'node:fs'
      import { startTwinpanel } from './src/package/start-twinpanel.ts'
      const state = () => JSON.stringify({
        resources: process.getActiveResourcesInfo(),
        listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
        files: readdirSync(process.env.TMPDIR),
      })
      const run = async () => void await (await startTwinpanel()).stop()
      const before = state()
      for (let round = 0; round < 4; round += 1) {
        await Promise.all([run(), run()])
        // The callback of the last removal is still running.
        await new Promise(setImmediate)
        if (state() !== before) console.log(before, state())
      }`
    const child = processes.run(process.execPath, ['--input-type=module', '-e', program], {
      TMPDIR: temporary,
    })
    expect(await child.ended).toEqual({ code: 0, signal: null })
    expect(child.stdout() + child.stderr()).toBe('')
  }, 300_000)

  it.each([0, 50, 100, 200, 400, 800])('a start that is cancelled after %i ms leaves nothing', async (ms) => {
    const before = ephemeral()
    const controller = new AbortController()
    const starting = startTwinpanel({ signal: controller.signal })
    setTimeout(() => controller.abort(), ms)
    // A fast start is over by then.
    await starting.then(
      (twinpanel) => twinpanel.stop(),
      (error: unknown) => expect(String(error)).toContain('cancelled'),
    )
    expect(ephemeral()).toEqual(before)
  })

  it('refuses what it cannot do with a sentence, and leaves nothing', async () => {
    const before = ephemeral()
    await expect(start({ port: 70_000 })).rejects.toThrow('port is "70000": it must be')
    const { url } = await start()
    const during = ephemeral()
    await expect(start({ port: Number(new URL(url).port) })).rejects.toThrow(
      /\(EADDRINUSE\).*set port to another/,
    )
    await expect(start({ databaseUrl: 'postgres://localhost:1/x' })).rejects.toThrow('(ECONNREFUSED)')
    await expect(start({ signal: AbortSignal.abort() })).rejects.toThrow('cancelled')
    expect(ephemeral()).toEqual(during)
    expect(during).toHaveLength(before.length + 1)
  })

  it('names what is wrong with a project', async () => {
    const { project } = await start()
    await expect(project({ timezone: 'Nowhere' })).rejects.toThrow(
      /^The project could not be created: .*Nowhere/,
    )
  })
})
