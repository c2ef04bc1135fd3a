import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'pg'
import { attemptConnection, type Endpoint } from './connect.ts'
import type { EmbeddedLog } from './context.ts'

/** One 64-bit key, so that it cannot collide with the store's locks, which have two 32-bit keys. ASCII of 'twin'. */
const ownerLockKey = 0x7477696e

/** Marks the living owner of a cluster: a session lock, which Postgres releases when the owner is gone. */
export interface Ownership {
  /** Gives up the cluster. */
  release(): Promise<void>
}

/** Tries once to take ownership, for as long as `client` stays connected. */
export async function tryOwnership(client: Client): Promise<boolean> {
  const answer = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    ownerLockKey,
  ])
  return answer.rows[0]?.locked === true
}

/** Keeps the ownership that `client` holds: if the connection breaks, a new one acquires it again. */
export function keepOwnership(client: Client, endpoint: Endpoint, log: EmbeddedLog): Ownership {
  let current = client
  let released = false
  const watch = (watched: Client): void => {
    watched.once('end', () => {
      if (!released) void regain()
    })
  }
  const regain = async (): Promise<void> => {
    log.warn('The connection that marks the data directory as ours was lost; opening it again')
    while (!released) {
      const attempt = await attemptConnection(endpoint)
      if (attempt.kind === 'connected' && (await tryOwnership(attempt.client).catch(() => false))) {
        current = attempt.client
        if (released) await current.end().catch(() => undefined)
        else watch(current)
        return
      }
      if (attempt.kind === 'connected') await attempt.client.end().catch(() => undefined)
      await delay(100)
    }
  }
  watch(current)
  return {
    release: async () => {
      released = true
      await current.end().catch(() => undefined)
    },
  }
}
