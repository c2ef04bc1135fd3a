import { createHash, X509Certificate } from 'node:crypto'
import * as http from 'node:http'
import * as https from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { makeKeyPair } from '../tls.ts'
import { forward, refuse } from './forward.ts'
import type { Test } from './relayed-test.ts'

/** What a relay is for. */
export interface RelayOptions {
  /** Of the server. */
  readonly url: string
  /** The names in the certificate, with wildcards. */
  readonly hosts: readonly string[]
  /** Where requests go that arrive while no test runs, as in `beforeAll`. */
  readonly outside: () => Promise<Test>
}

/** A server on loopback that stands for Mixpanel's hosts. A worker runs one test at a time, so each has one relay. */
export interface Relay {
  readonly port: number
  /** SHA-256 of the certificate's public key, in base64. */
  readonly fingerprint: string
  /** The test whose project gets the records. */
  test: Test | undefined
  stop(): Promise<void>
}

/** The first byte of a TLS connection. */
const TLS_HANDSHAKE = 0x16

/** Starts a relay on a free port, for https and http. The key of its certificate never leaves the process. */
export async function startRelay({ url, hosts, outside }: RelayOptions): Promise<Relay> {
  const { cert, key } = await makeKeyPair(hosts, Date.now())
  const handle: http.RequestListener = async (request, response) => {
    try {
      forward(request, response, { url, test: relay.test ?? (await outside()) })
    } catch (error) {
      refuse(request, response, 502, `There is no project for requests outside of tests: ${String(error)}`)
    }
  }
  const plain = http.createServer(handle)
  const secure = https.createServer({ cert, key }, handle)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A browser that closes breaks its connections off.
    socket.on('error', () => socket.destroy())
    socket.once('readable', () => {
      const first: Buffer | null = socket.read(1)
      if (first === null) return void socket.destroy()
      socket.unshift(first)
      const speaks = first[0] === TLS_HANDSHAKE ? secure : plain
      speaks.emit('connection', socket)
    })
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', listening)
  })
  const { port } = server.address() as AddressInfo
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  const relay: Relay = {
    port,
    fingerprint: createHash('sha256').update(spki).digest('base64'),
    test: undefined,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return relay
}
