import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../src/embedded-postgres/start.ts'
import { type CopyMessages, copyIn, copyOut } from './copy.ts'
import { processorMs } from './processor-time.ts'

/** Gives the project of a token a known secret, which is the token. */
export async function setSecret(client: Client, token: string): Promise<void> {
  await client.query(SET_SECRET, [token, createHash('sha256').update(token).digest()])
}

const SET_SECRET = 'update project set secret_hash = $2 where token = $1'

/** An empty database for one run. */
export interface BenchDatabase {
  readonly url: string
  /** Server version and relevant settings. */
  readonly description: string
  /** Creates another empty database on the same server. Out: its URL. */
  addSibling(): Promise<string>
  /** Drops the databases, and stops and removes the server if it was started for this run. */
  close(): Promise<void>
}

/** A Postgres server to create the database on. */
interface PostgresServer {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Creates a database for this run: on the server of BENCH_DATABASE_URL (its user must be a superuser), or else on an
 * embedded one with the settings of `npm start` and an empty data directory below the current one, since /tmp may be in
 * memory. Throws if the server does not wait for the disk.
 */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const given = process.env['BENCH_DATABASE_URL']
  const server = given === undefined ? await startEmbedded() : { url: given, stop: () => Promise.resolve() }
  const name = `twinpanel_bench_${process.pid}`
  const client = new Client(server.url)
  await client.connect()
  await client.query(`create database ${name}`)
  const siblings: string[] = []
  return {
    url: urlOf(server, name),
    description: await describe(client),
    addSibling: async () => {
      const sibling = `${name}_${siblings.length + 2}`
      await client.query(`create database ${sibling}`)
      siblings.push(sibling)
      return urlOf(server, sibling)
    },
    close: async () => {
      for (const own of [name, ...siblings]) await drop(client, own)
      await client.end()
      await server.stop()
    },
  }
}

/** Drops a database. Its autovacuum, which belongs to another user, must have ended; then it is tried again. */
async function drop(client: Client, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`drop database ${name} with (force)`)
      return
    } catch (error) {
      if (attempt === DROP_ATTEMPTS) throw error
      await sleep(1_000)
    }
  }
}

const DROP_ATTEMPTS = 30

function urlOf(server: PostgresServer, database: string): string {
  const url = new URL(server.url)
  url.pathname = `/${database}`
  return url.href
}

async function startEmbedded(): Promise<PostgresServer> {
  const dataDir = `.twinpanel/bench-${process.pid}`
  const log = { debug: () => undefined, warn: console.warn, error: console.error }
  const started = await startEmbeddedPostgres({ dataDir, log, forTests: true })
  if (!started.ok) throw new Error(started.error.message)
  const { connectionString, interrupt, stop } = started.value
  process.once('exit', interrupt)
  return {
    url: connectionString,
    stop: async () => {
      await stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

async function describe(client: Client): Promise<string> {
  const names = [
    'server_version',
    'fsync',
    'synchronous_commit',
    'wal_level',
    'shared_buffers',
    'max_wal_size',
  ]
  const { rows } = await client.query<{ name: string; value: string }>(
    'select name, current_setting(name) as value from unnest($1::text[]) as name',
    [names],
  )
  const values = new Map(rows.map((row) => [row.name, row.value]))
  for (const name of ['fsync', 'synchronous_commit']) {
    if (values.get(name) !== 'on')
      throw new Error(`${name} is ${values.get(name)}: this would measure memory`)
  }
  return rows.map(({ name, value }) => `${name} ${value}`).join(', ')
}

/** The event table between the rounds, on a separate connection. */
export class EventTable {
  readonly #client: Client
  #columns = ''

  constructor(url: string) {
    this.#client = new Client(url)
    // If the connection is lost, the next query fails and reports it.
    this.#client.on('error', () => undefined)
  }

  /** Connects; the table must exist. Disables its autovacuum, which runs at arbitrary times. */
  async open(): Promise<void> {
    await this.#client.connect()
    await this.#client.query('alter table event_earliest set (autovacuum_enabled = off)')
    const { rows } = await this.#client.query<{ names: string }>(
      `select string_agg(quote_ident(column_name), ', ' order by ordinal_position) as names
       from information_schema.columns
       where table_schema = current_schema() and table_name = 'event' and is_identity = 'NO'`,
    )
    this.#columns = rows[0]?.names ?? ''
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  /** Empties the table and writes dirty pages to disk, so that no round pays for the previous one. */
  async clear(): Promise<void> {
    await this.#client.query('truncate event')
    await this.#client.query('checkpoint')
  }

  /** Throws unless the table holds `expected` rows with different insert_ids. */
  async check(expected: number): Promise<void> {
    const { rows } = await this.#client.query<{ found: string; different: string }>(
      'select count(*) as found, count(distinct insert_id) as different from event',
    )
    const { found, different } = rows[0] ?? {}
    if (Number(found) === expected && Number(different) === expected) return
    throw new Error(`ROWS ARE MISSING: expected ${expected}, found ${found}, ${different} of them different`)
  }

  /** The processor time that Postgres has used, in ms; NaN where it is not known. */
  async processorMs(): Promise<number> {
    return await processorMs(this.#client)
  }

  /** All rows, to be copied back in. */
  async readAll(): Promise<CopyMessages> {
    return await copyOut(this.#client, `(select ${this.#columns} from event)`)
  }

  /** Writes rows with one COPY on one connection. */
  async copy(rows: CopyMessages): Promise<void> {
    await copyIn(this.#client, 'event', this.#columns, rows)
  }

  /** The size of the table with its indexes, in bytes. */
  async size(): Promise<number> {
    const { rows } = await this.#client.query<{ size: string }>(
      `select sum(pg_total_relation_size(relid)) as size from pg_partition_tree('event')`,
    )
    return Number(rows[0]?.size)
  }
}
