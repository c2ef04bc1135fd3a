import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findFreePort, killIfThere } from '../support/own-postgres.ts'
import { postgresPid, type ServerProcess, ServerProcesses, until } from '../support/server-process.ts'
import { fillDisk, mountSmall } from '../support/small-disk.ts'

const servers = new ServerProcesses()
const unmount: (() => void)[] = []
afterEach(async () => {
  await servers.clean()
  for (const remove of unmount.splice(0)) remove()
})

const SIZE_MB = 500
const RESERVE_MB = 100

function mount() {
  const small = mountSmall(SIZE_MB)
  if (small !== undefined) unmount.push(small.remove)
  return small
}

const canMount = mount() !== undefined
for (const remove of unmount.splice(0)) remove()

/** Starts a server on a port that is known before it listens. */
async function start(dataDir: string, reserveMb = RESERVE_MB) {
  const port = await findFreePort()
  const env = {
    PORT: String(port),
    TWINPANEL_DATA_DIR: dataDir,
    TWINPANEL_DISK_RESERVE_MB: String(reserveMb),
  }
  const server = servers.start(env)
  const url = `http://127.0.0.1:${port}`
  const track = async (event: string) => {
    const body = JSON.stringify([
      { event, properties: { token: 'disk', distinct_id: 'u', $insert_id: event } },
    ])
    const answer = await fetch(`${url}/track`, { method: 'POST', body })
    return [answer.status, answer.headers.get('retry-after')]
  }
  const ready = async () => {
    const answer = await fetch(`${url}/_twin/ready`)
    return { code: answer.status, ...((await answer.json()) as { reason?: string }) }
  }
  return { server, url, track, ready }
}

const REFUSED = [503, '2']
const REASON = /^The disk of the data directory is full: \d+ MB are free, and \d+ MB are missing\.$/

/** How often a server has logged that there is no room, and that there is. */
function told({ stderr }: ServerProcess) {
  const count = (text: string) => stderr().split(text).length - 1
  return { full: count(' is full: '), room: count(' has room again') }
}

it('below the reserve, records are answered 503 and the server says how much is missing (DEC-08)', async () => {
  const { server, url, track, ready } = await start(servers.newDataDir(), 999_999_999)
  await server.url()
  await until('the shortage', async () => (await ready()).code === 503)
  expect(await track('a')).toEqual(REFUSED)
  expect(await ready()).toMatchObject({ database: true, queue: true, reason: expect.stringMatching(REASON) })
  // Reading goes on.
  expect((await fetch(`${url}/_twin/projects`)).status).toBe(200)
  expect(told(server)).toEqual({ full: 1, room: 0 })
})

describe.skipIf(!canMount)('on a disk that others fill', () => {
  it('a Postgres that cannot recover is started again once there is room, and nothing is lost', async () => {
    const dataDir = join(mount()?.path ?? '', 'data')
    const { server, url, track, ready } = await start(dataDir)
    await server.url()
    expect(await track('before')).toEqual([200, null])
    const free = await fillDisk(join(dataDir, '..'))
    killIfThere((await postgresPid(dataDir)) ?? -1, 'SIGKILL')
    await until('the shortage', async () => (await ready()).reason)
    expect(await track('during')).toEqual(REFUSED)
    expect(await ready()).toMatchObject({ database: false, reason: expect.stringMatching(REASON) })
    await free()
    await until('readiness', async () => (await ready()).code === 200)
    expect(await track('after')).toEqual([200, null])
    const { events } = (await (await fetch(`${url}/_twin/projects/disk/events`)).json()) as {
      events: readonly { event: string }[]
    }
    expect(events.map(({ event }) => event).toSorted()).toEqual(['after', 'before'])
    expect(told(server)).toEqual({ full: 1, room: 1 })
    expect(server.child.exitCode).toBeNull()
  })

  it('a server that is started waits for room, and answers 503 until then', async () => {
    const directory = mount()?.path ?? ''
    const free = await fillDisk(directory)
    const { server, track, ready } = await start(join(directory, 'data'))
    const answered = () => ready().catch(() => undefined)
    await until('an answer', async () => (await answered())?.reason, 50_000)
    expect(await track('during')).toEqual(REFUSED)
    expect(server.stdout()).toBe('')
    await free()
    await server.url()
    await until('readiness', async () => (await ready()).code === 200)
    expect(await track('after')).toEqual([200, null])
    expect(told(server)).toEqual({ full: 1, room: 1 })
  })

  it('a server that waits for room ends when it is asked to', async () => {
    const directory = mount()?.path ?? ''
    await fillDisk(directory)
    const { server, ready } = await start(join(directory, 'data'))
    await until('an answer', () => ready().catch(() => undefined), 50_000)
    server.child.kill('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
  })
})
