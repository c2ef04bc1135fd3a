import { existsSync } from 'node:fs'
import { mkdir, readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { initialisedDataDir } from '../support/prepared-data.ts'
import { MAIN, postgresPid, ServerProcesses, until } from '../support/server-process.ts'

const servers = new ServerProcesses()
afterEach(() => servers.clean())

async function track(url: string, event: string, token = 'process-test'): Promise<string> {
  const answer = await fetch(`${url}/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ event, properties: { token, distinct_id: 'u1', $insert_id: event } }]),
  })
  return await answer.text()
}

describe('start', () => {
  it('on an empty data directory: one line on standard output, none on the other, and it answers', async () => {
    const server = servers.start({ TWINPANEL_DATA_DIR: servers.newDataDir() })
    const url = await server.url()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${url}/_twin/health`)).status).toBe(200)
    expect(server.stdout()).toBe(`Twinpanel is listening on ${url}\n`)
    expect(server.stderr()).toBe('')
  })

  it('a data directory that was stopped is started again with what it held', async () => {
    const dataDir = servers.newDataDir()
    const first = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    expect(await track(await first.url(), 'kept')).toBe('1')
    first.child.kill('SIGTERM')
    await first.ended
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const answer = await fetch(`${await second.url()}/_twin/projects/process-test/events`)
    expect(await answer.json()).toMatchObject({ events: [{ event: 'kept' }] })
  })

  it('what a start that was killed midway left is removed, unless it is young and may be at work', async () => {
    const dataDir = servers.newDataDir()
    const killed = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const draft = await until('a draft', async () => (await drafts(dataDir))[0])
    killed.child.kill('SIGKILL')
    await killed.ended
    await until('a draft that nobody works on', () => ageDraft(join(dataDir, draft)))
    await mkdir(join(dataDir, 'postgres.new-young'))
    const second = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    await second.url()
    expect(await drafts(dataDir)).toEqual(['postgres.new-young'])
  })
})

/** Makes a draft old. False while initdb, which outlives the server that was killed, still makes it young again. */
async function ageDraft(path: string): Promise<boolean> {
  const elevenMinutesAgo = new Date(Date.now() - 11 * 60_000)
  await utimes(path, elevenMinutesAgo, elevenMinutesAgo)
  await delay(2_000)
  return (await stat(path)).mtimeMs === elevenMinutesAgo.getTime()
}

async function drafts(dataDir: string): Promise<readonly string[]> {
  const names = await readdir(dataDir).catch(() => [])
  return names.filter((name) => name.startsWith('postgres.new-'))
}

describe('stop', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s: exit code 0, and Postgres is gone',
    async (signal) => {
      const dataDir = await initialisedDataDir(servers)
      const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
      await server.url()
      const pid = await postgresPid(dataDir)
      expect(isRunning(pid)).toBe(true)
      server.child.kill(signal)
      expect(await server.ended).toEqual({ code: 0, signal: null })
      expect(await postgresPid(dataDir)).toBeUndefined()
      expect(isRunning(pid)).toBe(false)
      expect(server.stderr()).toBe('')
    },
  )

  it('a request that is being answered gets its answer, while new connections are refused', async () => {
    const server = servers.start({ TWINPANEL_DATA_DIR: await initialisedDataDir(servers) })
    const url = await server.url()
    const body = new TransformStream<Uint8Array, Uint8Array>()
    const writer = body.writable.getWriter()
    const answer = fetch(`${url}/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body.readable,
      duplex: 'half',
    })
    await writer.write(Buffer.from('[{"event":"slow",'))
    // The request must have arrived before the signal; health is answered on another connection meanwhile.
    await until('a second connection', async () => (await fetch(`${url}/_twin/health`)).ok)
    server.child.kill('SIGTERM')
    await until('new connections to be refused', () =>
      fetch(`${url}/_twin/health`).then(
        () => false,
        () => true,
      ),
    )
    await writer.write(Buffer.from('"properties":{"token":"process-test","distinct_id":"u"}}]'))
    await writer.close()
    expect(await (await answer).text()).toBe('1')
    expect(await server.ended).toEqual({ code: 0, signal: null })
  })

  it('during the start: exit code 0, nothing said, and no Postgres', async () => {
    const dataDir = servers.newDataDir()
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    await until('the start to begin', () => existsSync(dataDir))
    server.child.kill('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(server.stdout() + server.stderr()).toBe('')
    expect(await postgresPid(dataDir)).toBeUndefined()
  })

  it('a second signal ends it at once, and Postgres too', async () => {
    const dataDir = await initialisedDataDir(servers)
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const url = await server.url()
    const stuck = fetch(`${url}/track`, { method: 'POST', body: new ReadableStream(), duplex: 'half' }).catch(
      () => 0,
    )
    await until('a second connection', async () => (await fetch(`${url}/_twin/health`)).ok)
    server.child.kill('SIGINT')
    // Within half a second it would count as npm's copy of the first.
    await delay(700)
    server.child.kill('SIGINT')
    expect(await server.ended).toEqual({ code: 130, signal: null })
    await until('Postgres to stop', async () => (await postgresPid(dataDir)) === undefined)
    await stuck
  })

  it('a server that npm started stops when the shell in between is killed', async () => {
    const dataDir = await initialisedDataDir(servers)
    const shell = servers.run('sh', ['-c', `"${process.execPath}" "${MAIN}"; exit $?`], {
      PORT: '0',
      TWINPANEL_DATA_DIR: dataDir,
      npm_lifecycle_event: 'start',
    })
    await shell.url()
    shell.child.kill('SIGTERM')
    await until('Postgres to stop', async () => (await postgresPid(dataDir)) === undefined)
    // Its output ends when the server has.
    await shell.ended
  })

  it('a Postgres that dies takes the server with it, which says so', async () => {
    const dataDir = await initialisedDataDir(servers)
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
    await server.url()
    process.kill((await postgresPid(dataDir)) ?? 0, 'SIGQUIT')
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toContain('Postgres has stopped unexpectedly, so Twinpanel stops too')
  })

  it('a Postgres that is sent SIGTERM takes the server with it, after the requests in progress', async () => {
    const dataDir = await initialisedDataDir(servers)
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
    await server.url()
    process.kill((await postgresPid(dataDir)) ?? 0, 'SIGTERM')
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toContain('Postgres has been sent SIGTERM by another program')
    expect(await postgresPid(dataDir)).toBeUndefined()
  })

  it('SIGTERM to Postgres and the server at once: exit code 0, and Postgres is gone', async () => {
    const dataDir = await initialisedDataDir(servers)
    const server = servers.start({ TWINPANEL_DATA_DIR: dataDir })
    const url = await server.url()
    expect(await track(url, 'before')).toBe('1')
    process.kill((await postgresPid(dataDir)) ?? 0, 'SIGTERM')
    server.child.kill('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(await postgresPid(dataDir)).toBeUndefined()
  })
})

function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
