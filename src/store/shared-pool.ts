import pg from 'pg'
import { Deferred } from '../core/deferred.ts'
import { FairQueue, type Slot } from '../core/fair-queue.ts'
import { IS_DISTRIBUTED } from './citus.ts'
import { ReaderGone, StoreBusy } from './errors.ts'
import { sendDistributedForms } from './forms.ts'

/** The parts of a pg.Pool by which statements are sent. */
export type Connections = Pick<pg.Pool, 'query' | 'connect'>

/** Runs a statement on a connection, which it gives back. Errors: those of connecting and of `run`. */
export async function onConnection<T>(
  pool: { readonly connect: () => Promise<pg.PoolClient> },
  run: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    return await run(client)
  } catch (error) {
    // The connection is still usable after an error from Postgres.
    if (!(error instanceof pg.DatabaseError) && error instanceof Error) broken = error
    throw error
  } finally {
    client.release(broken)
  }
}

/** How readers share a pool. */
export interface Sharing {
  /** Connections that one reader may hold; by default all. */
  readonly maxPerReader?: number | undefined
  /** Connections reserved for readers that hold none. */
  readonly spare?: number | undefined
  /** How long a reader waits for its first connection, in ms. */
  readonly maxWaitMs: number
  /** Cancels the statements of readers that have gone; by default these run to their end. */
  readonly cancelBy?: Connections | undefined
  /** Whether an open connection must be replaced before it is used; by default none. */
  readonly isSuspect?: ((client: pg.PoolClient) => boolean) | undefined
}

interface Reader {
  readonly name: string
  readonly isBulk: boolean
  /** Aborted when the result is no longer needed. */
  readonly gone: AbortSignal | undefined
  /** It has held a connection before: the rest of its answer is not aborted for lack of a connection. */
  hasBegun: boolean
}

/** Maximum statements of one reader that wait for a connection: more than a normal load, but bounded. */
const MAX_WAITING = 4_096

/** Tells a server and a database from others at the same address, and a server from itself after a restart. */
const WHICH_DATABASE = `
  select concat_ws(' ', pg_postmaster_start_time(), inet_server_addr(), inet_server_port(), oid) as identity,
         ${IS_DISTRIBUTED} as is_distributed
  from pg_database where datname = current_database()`

/** The SQLSTATE of a plain notice; severities are in the language of the server. */
const SUCCESSFUL_COMPLETION = '00000'

interface Which {
  readonly identity: string
  readonly is_distributed: boolean
}

const CANCEL_STATEMENT = 'select pg_cancel_backend($1::integer)'

/**
 * A pool that readers share fairly: each holds a limited number of connections, and a free one goes to the reader with
 * the fewest. One that waits too long gets StoreBusy. pg's built-in timeout does not distinguish this from an
 * unreachable database; here it only means that the database did not respond.
 */
export class SharedPool {
  readonly raw: pg.Pool
  readonly #queue: FairQueue
  /** Bulk statements come here first: one of a reader's, so that its others do not wait behind all of them. */
  readonly #bulk = new FairQueue({ atOnce: Number.POSITIVE_INFINITY, perKey: 1, waitingPerKey: MAX_WAITING })
  readonly #maxWaitMs: number
  readonly #cancelBy: Connections | undefined
  readonly #isSuspect: (client: pg.PoolClient) => boolean

  #verified = new WeakSet<pg.PoolClient>()
  readonly #onReplaced: (() => void)[] = []
  #database: string | undefined
  #isDistributed: boolean | undefined
  #generation = 0
  #losses = 0

  /** In: a pool that nothing else uses. */
  constructor(raw: pg.Pool, { maxPerReader, spare, maxWaitMs, cancelBy, isSuspect = () => false }: Sharing) {
    this.raw = raw
    const atOnce = raw.options.max
    this.#queue = new FairQueue({ atOnce, perKey: maxPerReader, spare, waitingPerKey: MAX_WAITING })
    this.#maxWaitMs = maxWaitMs
    this.#cancelBy = cancelBy
    this.#isSuspect = isSuspect
  }

  /**
   * Increases when a new connection leads to another server or database than the ones before, or to a restarted server: it
   * may be a replica that lags, or an older copy. What was read or committed in an earlier generation may be unknown there.
   */
  get generation(): number {
    return this.#generation
  }

  /**
   * Increases when a worker or the server may have been lost during a commit: what it decided may not be seen for a moment
   * (see late-commits.ts).
   */
  get losses(): number {
    return this.#losses
  }

  /** To be called when something is known to have been lost. */
  noteLoss(): void {
    this.#losses++
  }

  /** Calls a listener each time the generation has increased, before the new connection is used. */
  onReplaced(listener: () => void): void {
    this.#onReplaced.push(listener)
  }

  /** True if the tables are distributed over several servers. Connects, if no connection has been made yet. */
  async isDistributed(): Promise<boolean> {
    if (this.#isDistributed === undefined)
      await onConnection({ connect: () => this.#take() }, async () => undefined)
    return this.#isDistributed === true
  }

  /** To be called when the tables may have been distributed: every connection is asked again. */
  forgetLayout(): void {
    this.#verified = new WeakSet()
    this.#isDistributed = undefined
  }

  get totalCount(): number {
    return this.raw.totalCount
  }

  get idleCount(): number {
    return this.raw.idleCount
  }

  /** The number of statements and transactions that wait for a connection. */
  get waitingCount(): number {
    return this.#bulk.waiting + this.#queue.waiting + this.raw.waitingCount
  }

  /**
   * A view of the connections for one reader. Aborting `gone` rejects what waits for a connection, and cancels running
   * statements. `isBulk`: many statements that need not be fast, of which one at a time runs. Errors besides those of the
   * database: StoreBusy, ReaderGone.
   */
  for(name: string, gone?: AbortSignal, isBulk = false): Connections {
    const reader: Reader = { name, isBulk, gone, hasBegun: false }
    const connect = async () => await this.#connect(reader)
    const query = async (...statement: Parameters<pg.PoolClient['query']>) => {
      return await onConnection({ connect }, async (client) => await client.query(...statement))
    }
    return { connect, query } as Connections
  }

  async #connect(reader: Reader): Promise<pg.PoolClient> {
    if (reader.gone?.aborted === true) throw new ReaderGone()
    const slots: Slot[] = []
    try {
      for (const queue of reader.isBulk ? [this.#bulk, this.#queue] : [this.#queue]) {
        const slot = queue.ask(reader.name)
        if (slot === undefined) throw new StoreBusy()
        slots.push(slot)
        if (!slot.hasBegun) await this.#begin(slot, reader)
      }
      reader.hasBegun = true
      return this.#lend(await this.#take(), slots, reader)
    } catch (error) {
      for (const slot of slots) slot.leave()
      throw error
    }
  }

  async #take(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.raw.connect()
      if (!this.#isSuspect(client)) return await this.#verify(client)
      client.release(true)
    }
  }

  /** Asks a new connection which database it leads to, before it is used. */
  async #verify(client: pg.PoolClient): Promise<pg.PoolClient> {
    if (this.#verified.has(client)) return client
    let found: Which | undefined
    try {
      found = (await client.query<Which>(WHICH_DATABASE)).rows[0]
    } catch (error) {
      client.release(true)
      throw error
    }
    this.#verified.add(client)
    if (found?.is_distributed === true) {
      sendDistributedForms(client)
      // A commit that is decided succeeds, with a warning for each worker that could not be told.
      client.on('notice', ({ code }) => {
        if (code !== SUCCESSFUL_COMPLETION) this.noteLoss()
      })
    }
    const isReplaced = this.#database !== undefined && this.#database !== found?.identity
    this.#database = found?.identity
    this.#isDistributed = found?.is_distributed
    if (isReplaced) {
      this.#generation++
      this.noteLoss()
      for (const listener of this.#onReplaced) listener()
    }
    return client
  }

  async #begin(slot: Slot, { gone, hasBegun }: Reader): Promise<void> {
    const { promise: givenUp, reject } = new Deferred<never>()
    const isPatient = hasBegun && gone !== undefined
    const timer = isPatient ? undefined : setTimeout(() => reject(new StoreBusy()), this.#maxWaitMs)
    const leave = () => reject(new ReaderGone())
    gone?.addEventListener('abort', leave)
    try {
      await Promise.race([slot.begins, givenUp])
    } finally {
      clearTimeout(timer)
      gone?.removeEventListener('abort', leave)
    }
  }

  /** Hands out a connection; giving it back releases the slots. */
  #lend(client: pg.PoolClient, slots: readonly Slot[], { gone }: Reader): pg.PoolClient {
    const release = client.release.bind(client)
    if (gone?.aborted === true) {
      release()
      throw new ReaderGone()
    }
    let isCancelled = false
    const cancel = () => {
      isCancelled = true
      this.#cancel(client)
    }
    gone?.addEventListener('abort', cancel)
    client.release = (error) => {
      gone?.removeEventListener('abort', cancel)
      // The cancellation may arrive late, and must not cancel a statement of another reader.
      release(isCancelled ? true : error)
      for (const slot of slots) slot.leave()
    }
    return client
  }

  #cancel(client: pg.PoolClient): void {
    if (!('processID' in client)) return
    // A statement that cannot be cancelled runs to its end, or into its time limit.
    this.#cancelBy?.query(CANCEL_STATEMENT, [client.processID]).catch(() => undefined)
  }
}
