import type { Readable } from 'node:stream'
import pg from 'pg'

/** How often the statements under way are looked at. */
const CHECK_EVERY_MS = 1_000
/** A statement that takes longer is asked about. */
const ASK_AFTER_MS = 4_000
/** A statement is given up after this if the database does not even answer the question, */
const UNANSWERED_MS = 20_000
/** and after this if the answer does not tell: longer than the database's own limit. */
const UNTOLD_MS = 75_000
/** The question must be answered in this time, connecting included. */
const PROBE_LIMIT_MS = 3_000

const WHO_WORKS = `
  select pg_backend_pid() as own, array(
    select pid from pg_stat_activity where pid = any($1::integer[]) and state in ('active', 'fastpath function call')
  ) as working`

interface Statement {
  readonly client: pg.PoolClient
  /** Of a COPY. */
  readonly stream: Partial<Readable> | undefined
  readonly sentAtMs: number
  /** How often the database did not know of it. */
  denials: number
}

/** The processes that work on a statement, if the database answers and tells. */
type Answer = ReadonlySet<number> | 'untold' | 'none'

/**
 * Breaks connections that have fallen silent: a proxy or a firewall between may drop what they carry without closing
 * them, and their statements would wait for ever. Where a statement takes long, the database is asked on a new connection
 * whether it works on it; if it does not, twice, the connection is broken, and the statement fails as on any lost
 * connection. Others that were opened before are not used again.
 */
export class SilentConnections {
  readonly #connectionString: string
  readonly #now: () => number
  readonly #onBroken: (count: number) => void
  readonly #statements = new Set<Statement>()
  readonly #openedAtMs = new WeakMap<pg.PoolClient, number>()
  #silentSinceMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #isAsking = false

  /** In: a clock that never goes back, in ms; called with the number of connections that were broken. */
  constructor(connectionString: string, now: () => number, onBroken: (count: number) => void) {
    this.#connectionString = connectionString
    this.#now = now
    this.#onBroken = onBroken
  }

  /** Watches each statement of a new connection. */
  watch(client: pg.PoolClient): void {
    this.#openedAtMs.set(client, this.#now())
    const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown
    const watched = (...args: readonly unknown[]) => {
      const result = query(...args)
      const stream = isStream(result) ? result : undefined
      const statement: Statement = { client, stream, sentAtMs: this.#now(), denials: 0 }
      this.#statements.add(statement)
      this.#timer ??= setInterval(() => void this.#check(), CHECK_EVERY_MS).unref()
      const end = () => this.#statements.delete(statement)
      if (result instanceof Promise) result.then(end, end)
      else for (const event of ['end', 'finish', 'error', 'close']) stream?.once?.(event, end)
      return result
    }
    client.query = watched as typeof client.query
  }

  /** True for a connection from before others fell silent. */
  isSuspect(client: pg.PoolClient): boolean {
    return (this.#openedAtMs.get(client) ?? Number.POSITIVE_INFINITY) < this.#silentSinceMs
  }

  async #check(): Promise<void> {
    if (this.#statements.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const late = [...this.#statements].filter(({ sentAtMs }) => this.#now() - sentAtMs > ASK_AFTER_MS)
    if (late.length === 0 || this.#isAsking) return
    this.#isAsking = true
    const answer = await this.#ask(late).finally(() => {
      this.#isAsking = false
    })
    const silent = late.filter(
      (statement) => this.#statements.has(statement) && this.#isSilent(statement, answer),
    )
    if (silent.length > 0) this.#break(silent)
  }

  #isSilent(statement: Statement, answer: Answer): boolean {
    // What has been received waits for a slow reader.
    if ((statement.stream?.readableLength ?? 0) > 0) return false
    const ageMs = this.#now() - statement.sentAtMs
    if (answer === 'none') return ageMs > UNANSWERED_MS
    if (answer === 'untold') return ageMs > UNTOLD_MS && statement.stream === undefined
    statement.denials = answer.has(processIdOf(statement.client)) ? 0 : statement.denials + 1
    return statement.denials > 1
  }

  #break(silent: readonly Statement[]): void {
    this.#silentSinceMs = this.#now()
    const clients = new Set(silent.map(({ client }) => client))
    for (const statement of silent) this.#statements.delete(statement)
    // Ends the connection at once, since a statement is under way.
    for (const client of clients) void client.end().catch(() => undefined)
    this.#onBroken(clients.size)
  }

  async #ask(statements: readonly Statement[]): Promise<Answer> {
    const client = new pg.Client({
      connectionString: this.#connectionString,
      application_name: 'twinpanel probe',
      connectionTimeoutMillis: PROBE_LIMIT_MS,
      query_timeout: PROBE_LIMIT_MS,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const pids = statements.map((statement) => processIdOf(statement.client))
      const { rows } = await client.query<{ own: number; working: number[] }>(WHO_WORKS, [pids])
      const [row] = rows
      // A pooler in between has process ids of its own.
      return row !== undefined && row.own === processIdOf(client) ? new Set(row.working) : 'untold'
    } catch (error) {
      // Postgres itself has refused, for example because of too many connections.
      return error instanceof pg.DatabaseError ? 'untold' : 'none'
    } finally {
      void client.end().catch(() => undefined)
    }
  }
}

/** The process of Postgres at the other end; -1 if unknown. */
function processIdOf(client: pg.PoolClient | pg.Client): number {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : -1
}

function isStream(value: unknown): value is Partial<Readable> {
  return typeof value === 'object' && value !== null && 'once' in value
}
