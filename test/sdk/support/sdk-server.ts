import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AppSettings, buildApp } from '../../../src/app.ts'
import { createLogger } from '../../../src/log.ts'
import { closeDatabase, type Db, openDatabase } from '../../../src/store/db.ts'
import type { KeyPair } from '../../../src/tls.ts'
import { cloneDatabase } from '../../support/database.ts'

/** A request as the SDK put it on the wire. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly params: URLSearchParams
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The status it was answered with; 200 as long as it was not. */
  readonly status: number
}

/** A server that SDKs can reach: it listens, and its clock is the real one, since theirs is. */
export interface SdkServer {
  readonly protocol: 'http' | 'https'
  /** Address and port, as the Node SDK wants them. */
  readonly host: string
  /** The origin, as the browser SDK wants it. */
  readonly url: string
  /** Every request so far, in the order in which they came. */
  readonly requests: readonly SeenRequest[]
  /** The database, for what no route shows. */
  readonly db: Db
  readonly inject: Awaited<ReturnType<typeof buildApp>>['inject']
  /** Stops the server in the middle of everything, and starts another one at the same address. */
  readonly restart: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts a server on a free loopback port and on a database of its own; close it when done. */
export async function startSdkServer(tls?: KeyPair, settings: Partial<AppSettings> = {}): Promise<SdkServer> {
  const database = await cloneDatabase()
  const db = openDatabase({ connectionString: database.connectionString, maxConnections: 5 })
  const requests: SeenRequest[] = []
  const build = async () => {
    const built = await buildApp({
      db,
      log: createLogger('error'),
      clock: Date.now,
      newId: randomUUID,
      settings: { unknownTokens: 'drop', trustProxy: false, loopbackOnly: true, tls, ...settings },
    })
    // Before our own handlers, which take the Content-Type away.
    built.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      requests.push(describe(request, response))
    })
    return built
  }
  let app = await build()
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    protocol: tls === undefined ? 'http' : 'https',
    host: new URL(url).host,
    url,
    requests,
    db,
    inject: ((...request: Parameters<typeof app.inject>) => app.inject(...request)) as typeof app.inject,
    restart: async () => {
      app.server.closeAllConnections()
      await app.close()
      app = await build()
      await app.listen({ host: '127.0.0.1', port: Number(new URL(url).port) })
    },
    close: async () => {
      // SDKs and browsers keep their connections alive, and closing would wait for them.
      app.server.closeAllConnections()
      await app.close()
      await closeDatabase(db)
      await database.drop()
    },
  }
}

function describe(request: IncomingMessage, response: ServerResponse): SeenRequest {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  return {
    method: request.method ?? '',
    path: mark < 0 ? url : url.slice(0, mark),
    params: new URLSearchParams(mark < 0 ? '' : url.slice(mark)),
    headers: { ...request.headers },
    get status() {
      return response.statusCode
    },
  }
}
