import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { TwinpanelContainer } from '../../src/container/twinpanel-container.ts'
import { createEmptyDatabase } from '../support/database.ts'

/** An image that has been built, on a machine with a Docker engine; `…-slim` is the one without Postgres. */
const image = process.env['TEST_IMAGE'] ?? ''

const run = promisify(execFile)
const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim()

const RECORDS = JSON.stringify([
  { event: 'Signed up', properties: { token: 'my-app', distinct_id: 'charlie' } },
])

const started: string[] = []
afterEach(async () => {
  for (const id of started.splice(0)) await docker('rm', '-f', '-v', id)
})

/** Starts `docker run` with these options. Out: the container, and the address of its published port. */
async function start(...options: string[]): Promise<{ id: string; url: string }> {
  const id = await docker('run', '-d', '-p', '127.0.0.1::4100', ...options)
  started.push(id)
  return { id, url: await untilReady(id) }
}

async function untilReady(id: string): Promise<string> {
  for (;;) {
    const state = await docker('inspect', '-f', '{{.State.Running}}', id)
    if (state !== 'true') throw new Error((await run('docker', ['logs', id])).stderr)
    const url = `http://${await docker('port', id, '4100/tcp')}`
    if ((await fetch(`${url}/_twin/ready`).catch(() => undefined))?.ok === true) return url
    await delay(200)
  }
}

async function linkedToken(id: string): Promise<string> {
  const { stderr } = await run('docker', ['logs', id])
  return /^The page: \S+admin_token=(\S+)$/m.exec(stderr)?.[1] ?? stderr
}

async function track(url: string): Promise<string> {
  return await (await fetch(`${url}/track`, { method: 'POST', body: RECORDS })).text()
}

async function eventsOf(url: string, adminToken: string): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${adminToken}` }
  const answer = await fetch(`${url}/_twin/projects/my-app/events`, { headers })
  const { events = [] } = (await answer.json()) as { readonly events?: readonly { readonly event: string }[] }
  return events.map(({ event }) => event)
}

describe.runIf(image !== '')('the image', () => {
  it('serves by itself, and keeps its own API behind the token of the link', async () => {
    const { id, url } = await start(image)
    expect(await track(url)).toBe('1')
    expect((await fetch(`${url}/_twin/projects`)).status).toBe(401)
    expect(await eventsOf(url, await linkedToken(id))).toEqual(['Signed up'])
  })

  it('is healthy on a read-only file system, as any user without rights, stops cleanly and keeps its data', async () => {
    const volume = await docker('volume', 'create')
    const options = ['--read-only', '--tmpfs', '/tmp', '--user', '12345', '--cap-drop', 'ALL']
    const hardened = [...options, '--security-opt', 'no-new-privileges', '--health-interval', '1s']
    try {
      const first = await start(...hardened, '-v', `${volume}:/data`, image)
      expect(await track(first.url)).toBe('1')
      await expect
        .poll(() => docker('inspect', '-f', '{{.State.Health.Status}}', first.id), { timeout: 20_000 })
        .toBe('healthy')
      const adminToken = await linkedToken(first.id)
      const before = Date.now()
      await docker('stop', first.id)
      expect(Date.now() - before).toBeLessThan(9_000)
      expect(await docker('inspect', '-f', '{{.State.ExitCode}}', first.id)).toBe('0')
      const second = await start(...hardened, '-v', `${volume}:/data`, image)
      expect(await linkedToken(second.id)).toBe(adminToken)
      expect(await eventsOf(second.url, adminToken)).toEqual(['Signed up'])
      await docker('kill', second.id)
      await docker('start', second.id)
      expect(await eventsOf(await untilReady(second.id), adminToken)).toEqual(['Signed up'])
    } finally {
      for (const id of started.splice(0)) await docker('rm', '-f', '-v', id)
      await docker('volume', 'rm', volume)
    }
  })

  it('refuses a volume that another container uses, and waits for one that stops', async () => {
    const volume = await docker('volume', 'create')
    try {
      const first = await start('-v', `${volume}:/data`, image)
      expect(await track(first.url)).toBe('1')
      const second = docker('run', '--rm', '-v', `${volume}:/data`, image)
      await expect(second).rejects.toThrow('The data directory /data is in use by another Twinpanel server.')
      const stopped = docker('stop', first.id)
      const third = await start('-v', `${volume}:/data`, image)
      await stopped
      expect(await eventsOf(third.url, await linkedToken(third.id))).toEqual(['Signed up'])
    } finally {
      for (const id of started.splice(0)) await docker('rm', '-f', '-v', id)
      await docker('volume', 'rm', volume)
    }
  })

  it.each([image, `${image}-slim`])('%s starts no Postgres with DATABASE_URL', async (name) => {
    const { connectionString, drop } = await createEmptyDatabase()
    // In the network of this machine, where the database is.
    const port = '4179'
    const env = {
      DATABASE_URL: connectionString,
      PORT: port,
      HOST: '127.0.0.1',
      TWINPANEL_UNKNOWN_TOKENS: 'create',
    }
    const variables = Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`])
    const id = await docker('run', '-d', '--network', 'host', ...variables, name)
    try {
      const url = `http://127.0.0.1:${port}`
      await expect.poll(() => track(url).catch(String), { timeout: 20_000 }).toBe('1')
      expect(await docker('top', id, '-o', 'pid,args')).toMatch(/^PID +COMMAND\n\d+ +node \S+$/)
    } finally {
      await docker('rm', '-f', '-v', id)
      await drop()
    }
  })

  it('runs every command: explain reads standard input, without a network', async () => {
    const child = run('docker', [
      'run',
      '--rm',
      '-i',
      '--network',
      'none',
      '--read-only',
      image,
      'explain',
      '-',
    ])
    child.child.stdin?.end(RECORDS)
    expect((await child).stdout).toMatch(/1 Signed up +stored → charlie/)
    expect(await docker('run', '--rm', image, '--help')).toMatch(/^Twinpanel answers/)
  })

  it('is smaller than 200 MB', async () => {
    expect(Number(await docker('image', 'inspect', '-f', '{{.Size}}', image))).toBeLessThan(200e6)
  })
})

describe.runIf(image !== '')('TwinpanelContainer', () => {
  it('gives projects and a client of a server of its own, with its data also after a restart', async () => {
    await using container = await new TwinpanelContainer(image).start()
    const project = await container.project({ name: 'Shop' })
    expect(project).toMatchObject({ name: 'Shop', url: container.getUrl() })
    const body = JSON.stringify([{ event: 'A', properties: { token: project.token, distinct_id: 'u' } }])
    expect(await (await fetch(`${project.url}/track`, { method: 'POST', body })).text()).toBe('1')
    await container.restart()
    const { matched } = await container.client().project(project.token).wait({ event: 'A' })
    expect(matched).toHaveLength(1)
  })

  it('takes the token, and what unknown tokens do', async () => {
    const adminToken = 'a-token-of-20-chars.'
    await using container = await new TwinpanelContainer(image)
      .withAdminToken(adminToken)
      .withUnknownTokens('drop')
      .start()
    expect(container.getAdminToken()).toBe(adminToken)
    expect(await track(container.getUrl())).toBe('1')
    expect(await container.client().projects.list()).toMatchObject({ projects: [] })
  })

  it('says how to build an image that is missing', async () => {
    await expect(new TwinpanelContainer('twinpanel:missing').start()).rejects.toThrow(
      /^There is no image twinpanel:missing, .* docker build -t twinpanel:missing \. /,
    )
  })
})
