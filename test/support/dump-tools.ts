import { access, chown, mkdir, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { Client } from 'pg'
import { chooseAccount } from '../../src/embedded-postgres/account.ts'
import { layoutOf } from '../../src/embedded-postgres/layout.ts'
import { runProgram } from '../../src/embedded-postgres/run-program.ts'
import { makeTestDirectory, type TestPostgres } from './postgres.ts'

/* pg_dump and pg_restore, which the embedded Postgres does not bring, and a Postgres that they can read. */

/** The programs of one version of Postgres that this machine has. */
export interface DumpTools {
  readonly directory: string
  readonly major: number
  /** Whether a server of this version can be started. */
  readonly hasServer: boolean
}

/** The newest pg_dump of this machine, on the PATH or where Debian keeps all versions. */
export async function findDumpTools(): Promise<DumpTools | undefined> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const debian = versions.map((version) => `/usr/lib/postgresql/${version}/bin`)
  const directories = [...debian, ...(process.env['PATH'] ?? '').split(delimiter)]
  const found = await Promise.all(directories.map(readTools))
  return found.filter((tools) => tools !== undefined).toSorted((a, b) => b.major - a.major)[0]
}

async function readTools(directory: string): Promise<DumpTools | undefined> {
  const programs = await Promise.all(
    ['pg_dump', 'pg_restore', 'initdb', 'pg_ctl'].map((name) => exists(join(directory, name))),
  )
  const [dumps, restores, ...serves] = programs
  if (!dumps || !restores) return undefined
  const { output } = await runProgram(join(directory, 'pg_dump'), ['--version'])
  const major = Number(/ (\d+)[\d.]*/.exec(output)?.[1])
  return Number.isNaN(major) ? undefined : { directory, major, hasServer: serves.every(Boolean) }
}

/** The major version of the Postgres at a URL. */
export async function majorVersionOf(connectionString: string): Promise<number> {
  const client = new Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ number: number }>(
    `select current_setting('server_version_num')::integer / 10000 as number`,
  )
  await client.end()
  return rows[0]?.number ?? 0
}

/** Starts a Postgres of the machine's own programs, in a temporary directory. */
export async function startPostgresOf({ directory }: DumpTools): Promise<TestPostgres> {
  const parent = makeTestDirectory()
  const dataDir = join(parent, 'cluster')
  await mkdir(dataDir, { mode: 0o700 })
  const account = await chooseAccount(layoutOf(parent))
  if (!account.ok) throw new Error(account.error.message)
  if (account.value !== undefined) await chown(dataDir, account.value.uid, account.value.gid)
  const run = async (name: string, args: readonly string[]) => {
    const end = await runProgram(join(directory, name), args, { account: account.value })
    if (end.code !== 0) throw new Error(`${name}: ${end.output}`)
  }
  await run('initdb', [
    `--pgdata=${dataDir}`,
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ])
  const port = await freePort()
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off']
  const flags = settings.map((setting) => `-c ${setting}`).join(' ')
  await run('pg_ctl', ['start', '-w', '-D', dataDir, '-l', join(dataDir, 'log'), '-o', flags])
  return {
    adminUrl: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await run('pg_ctl', ['stop', '-m', 'immediate', '-D', dataDir])
      await rm(dirname(dataDir), { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
