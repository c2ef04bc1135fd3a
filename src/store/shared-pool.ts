import pg from 'pg'
import { FairQueue, type Turn } from '../core/fair-queue.ts'
import { ReaderGone, StoreBusy } from './errors.ts'

/** What statements are sent by. */
export type Connections = Pick<pg.Pool, 'query' | 'connect'>

/** How a pool is shared. */
export interface Sharing {
  /** Connections that one reader may hold; all of them unless given. */
  readonly maxPerReader?: number | undefined
  /** Connections that are left to readers who hold none. */
  readonly spare?: number | undefined
  /** How long a reader waits for its first connection, in ms. */
  readonly maxWaitMs: number
  /** By which statements are cancelled whose reader has gone; they run to their end unless given. */
  readonly cancelBy?: Connections | undefined
}

/** Whose statements they are. */
interface Reader {
  readonly name: string
  /** Aborted when nobody waits for what is read any more. */
  readonly gone: AbortSignal | undefined
  /** It has held a connection: an answer that has begun is not given up while somebody waits for it. */
  hasBegun: boolean
}

/** Of one reader: as many as could be of any use, and no flood. */
const MAX_WAITING = 4_096

/**
 * A pool that readers share fairly: each holds some connections at most, and a free one goes to who has the fewest. Who
 * waits too long is told that the store is busy, which pg's own time-out does not tell from one that is away: here it
 * means that the database did not answer.
 */
export class SharedPool {
  readonly raw: pg.Pool
  readonly #queue: FairQueue
  readonly #maxWaitMs: number
  readonly #cancelBy: Connections | undefined

  /** In: a pool that is used by nobody else. */
  constructor(raw: pg.Pool, { maxPerReader, spare, maxWaitMs, cancelBy }: Sharing) {
    this.raw = raw
    const atOnce = raw.options.max
    this.#queue = new FairQueue({ atOnce, perKey: maxPerReader, spare, waitingPerKey: MAX_WAITING })
    this.#maxWaitMs = maxWaitMs
    this.#cancelBy = cancelBy
  }

  get totalCount(): number {
    return this.raw.totalCount
  }

  get idleCount(): number {
    return this.raw.idleCount
  }

  /** Statements and transactions that wait for a connection. */
  get waitingCount(): number {
    return this.#queue.waiting + this.raw.waitingCount
  }

  /**
   * The connections as one reader has them. When `gone` is aborted what it waits for is given up, and what runs is
   * cancelled. Errors beside those of the database: StoreBusy, ReaderGone.
   */
  for(name: string, gone?: AbortSignal): Connections {
    const reader: Reader = { name, gone, hasBegun: false }
    const connect = async () => await this.#connect(reader)
    const query = async (...statement: Parameters<pg.PoolClient['query']>) => {
      const client = await connect()
      let broken: Error | undefined
      try {
        return await client.query(...statement)
      } catch (error) {
        // What Postgres has refused leaves the connection as it was.
        if (!(error instanceof pg.DatabaseError) && error instanceof Error) broken = error
        throw error
      } finally {
        client.release(broken)
      }
    }
    return { connect, query } as Connections
  }

  async #connect(reader: Reader): Promise<pg.PoolClient> {
    if (reader.gone?.aborted === true) throw new ReaderGone()
    const turn = this.#queue.ask(reader.name)
    if (turn === undefined) throw new StoreBusy()
    try {
      if (!turn.hasBegun) await this.#begin(turn, reader)
      reader.hasBegun = true
      return this.#lend(await this.raw.connect(), turn, reader)
    } catch (error) {
      turn.leave()
      throw error
    }
  }

  async #begin(turn: Turn, { gone, hasBegun }: Reader): Promise<void> {
    const { promise: givenUp, reject } = Promise.withResolvers<never>()
    const isPatient = hasBegun && gone !== undefined
    const timer = isPatient ? undefined : setTimeout(() => reject(new StoreBusy()), this.#maxWaitMs)
    const leave = () => reject(new ReaderGone())
    gone?.addEventListener('abort', leave)
    try {
      await Promise.race([turn.begins, givenUp])
    } finally {
      clearTimeout(timer)
      gone?.removeEventListener('abort', leave)
    }
  }

  /** Hands out a connection; giving it back ends the turn. */
  #lend(client: pg.PoolClient, turn: Turn, { gone }: Reader): pg.PoolClient {
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
      // The cancellation may come late: it must not hit what another sends.
      release(isCancelled ? true : error)
      turn.leave()
    }
    return client
  }

  #cancel(client: pg.PoolClient): void {
    if (!('processID' in client)) return
    // A statement that cannot be cancelled runs to its end, or into its time limit.
    this.#cancelBy?.query('select pg_cancel_backend($1)', [client.processID]).catch(() => undefined)
  }
}
