import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectPlainly } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls, { type SecureVersion } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createLogger } from '../../src/log.ts'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { type KeyPair, loadKeyPair } from '../../src/tls.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * Which TLS a client may speak (SEC-06). Node itself is told here to take all versions, as `--tls-min-v1.0` and an
 * old OpenSSL configuration would: what is refused is refused by us.
 */

const usual = { min: tls.DEFAULT_MIN_VERSION, ciphers: tls.DEFAULT_CIPHERS }
const OLD_CIPHERS = 'DEFAULT@SECLEVEL=0'

let server: { readonly port: number; readonly pair: KeyPair; readonly close: () => Promise<void> }
beforeAll(async () => {
  Object.assign(tls, { DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_CIPHERS: OLD_CIPHERS })
  server = await startTlsServer()
})
afterAll(async () => {
  await server.close()
  Object.assign(tls, { DEFAULT_MIN_VERSION: usual.min, DEFAULT_CIPHERS: usual.ciphers })
})

async function startTlsServer() {
  const dataDir = await mkdtemp(join(tmpdir(), 'twinpanel-tls-'))
  const pair = await loadKeyPair({ kind: 'self-signed' }, { dataDir, host: '127.0.0.1', nowMs: Date.now() })
  if (!pair.ok) throw new Error(pair.error.message)
  const database = await cloneDatabase()
  const db = openDatabase({ connectionString: database.connectionString, maxConnections: 2 })
  const settings = { unknownTokens: 'drop', trustProxy: false, loopbackOnly: true, tls: pair.value } as const
  const log = createLogger('silent')
  const app = await buildApp({ db, log, clock: Date.now, newId: randomUUID, settings })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    port: Number(new URL(url).port),
    pair: pair.value,
    close: async () => {
      await app.close()
      await closeDatabase(db)
      await database.drop()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** Asks over this version of TLS and no other. Out: the version that was spoken and the answer's first line. */
function askOver(version: SecureVersion, port: number): Promise<readonly [string | null, string]> {
  return new Promise((answered, failed) => {
    const options = { minVersion: version, maxVersion: version, ciphers: OLD_CIPHERS, ca: server.pair.cert }
    const socket = tls.connect({ host: '127.0.0.1', port, ...options }, () => {
      socket.write('GET /_twin/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    })
    socket.once('data', (chunk) => {
      answered([socket.getProtocol(), chunk.toString().split('\r\n', 1)[0] ?? ''])
      socket.destroy()
    })
    socket.once('error', failed)
  })
}

describe('a server with TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('answers over %s (SEC-06)', async (version) => {
    expect(await askOver(version, server.port)).toEqual([version, 'HTTP/1.1 200 OK'])
  })

  it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s, whatever Node would take (SEC-06)', async (version) => {
    const refusal = { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }
    await expect(askOver(version, server.port)).rejects.toMatchObject(refusal)
  })

  it('a server of Node alone would have taken TLSv1.1 here (SEC-06)', async () => {
    const other = tls.createServer({ ...server.pair }, (socket) => {
      socket.resume().end('HTTP/1.1 200 OK\r\n\r\n')
    })
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await askOver('TLSv1.1', port)).toEqual(['TLSv1.1', 'HTTP/1.1 200 OK'])
    await new Promise((done) => other.close(done))
  })

  it('does not answer plain HTTP on the same port (SEC-06)', async () => {
    const got = await new Promise<string>((done) => {
      const socket = connectPlainly(server.port, '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
      })
      socket.on('error', () => undefined)
      socket.on('close', () => done(text))
      socket.write('GET /_twin/health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    })
    expect(got).not.toContain('HTTP/')
  })
})
