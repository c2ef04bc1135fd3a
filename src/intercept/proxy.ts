import http from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import tls from 'node:tls'
import { MAX_HEADER_BYTES } from '../core/limits.ts'
import type { Certificates } from './certificates.ts'
import {
  decideFate,
  explainRefusal,
  isMixpanelHost,
  isScriptHost,
  type PassThrough,
  readAbsoluteUrl,
  readAuthority,
  type Target,
} from './hosts.ts'
import type { Journal } from './journal.ts'
import { passConnection, passRequest, refuseConnect, refuseRequest } from './pass-on.ts'

const LOOPBACK = '127.0.0.1'
/** For those of a test suite and its browsers. */
const MAX_CONNECTIONS = 1_024
/** The time limit for a TLS handshake, and for headers. */
const HANDSHAKE_MS = 10_000
const KEEP_ALIVE_MS = 72_000
/** How long requests in progress may take when the proxy stops. */
const DRAIN_MS = 5_000
const DRAIN_CHECK_MS = 20

/** The host where a client of Mixpanel's port did not say which. */
const DEFAULT_HOST = 'api.mixpanel.com'

export interface ProxyOptions {
  /** The server that answers for Mixpanel. Connections are given to it as if they had come to its own port. */
  readonly server: http.Server
  readonly certificates: Certificates
  readonly passThrough: PassThrough
  readonly journal: Journal
}

/**
 * A forward proxy on loopback, for HTTP/1.1. It opens the TLS connections to Mixpanel's hosts, and gives what is in them
 * to the server; other connections are passed on as they are, or refused.
 */
export class ForwardProxy {
  readonly #options: ProxyOptions
  /** Takes CONNECT, and requests with absolute URLs. */
  readonly #front: http.Server
  /** Ends TLS. Its port is for clients that have been led to it in place of Mixpanel's port 443. */
  readonly #secure: tls.Server
  readonly #sockets = new Set<Socket>()
  /** The hosts that connections to the server were opened for. */
  readonly #hosts = new WeakMap<Socket, string>()
  readonly #underWay = new Set<http.ServerResponse>()
  readonly #onRequest = (request: http.IncomingMessage, response: http.ServerResponse) => {
    const host = this.#hosts.get(request.socket)
    if (host !== undefined) this.#note(request, response, host)
  }

  constructor(options: ProxyOptions) {
    this.#options = options
    this.#front = http.createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HANDSHAKE_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: 1_000,
      },
      (request, response) => this.#handle(request, response),
    )
    this.#front.on('connect', (request, socket, head) => this.#connect(request, socket as Socket, head))
    this.#front.on('clientError', (error, socket) => options.server.emit('clientError', error, socket))
    this.#secure = this.#createTlsServer()
    for (const server of [this.#front, this.#secure]) {
      server.maxConnections = MAX_CONNECTIONS
      server.prependListener('connection', (socket: Socket) => this.#keep(socket))
    }
  }

  /** Listens on free ports of loopback. */
  async start(): Promise<{ readonly port: number; readonly tlsPort: number }> {
    this.#options.server.prependListener('request', this.#onRequest)
    const [port, tlsPort] = await Promise.all([this.#front, this.#secure].map(listen))
    return { port: port ?? 0, tlsPort: tlsPort ?? 0 }
  }

  /** Answers the requests in progress, and closes all connections. */
  async stop(): Promise<void> {
    this.#front.close()
    this.#secure.close()
    for (let ms = 0; this.#underWay.size > 0 && ms < DRAIN_MS; ms += DRAIN_CHECK_MS)
      await delay(DRAIN_CHECK_MS)
    for (const socket of this.#sockets) socket.destroy()
    this.#options.server.off('request', this.#onRequest)
  }

  #createTlsServer(): tls.Server {
    const { certificates, journal, server } = this.#options
    const secure = tls.createServer({
      key: certificates.key,
      cert: certificates.chain,
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_MS,
    })
    secure.on('secureConnection', (socket) => {
      const host = nameOf(socket)
      this.#hosts.set(socket, host)
      const target = isMixpanelHost(host) ? server : this.#front
      target.emit('connection', socket)
    })
    secure.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      if (/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)$/.test(error.code ?? '')) {
        journal.count({ outcome: 'untrusted', method: 'CONNECT', host: nameOf(socket), path: '' })
      }
      socket.destroy()
    })
    return secure
  }

  /** Opens a tunnel: to this process for Mixpanel's hosts, else to the host itself. */
  #connect(request: http.IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const target = readAuthority(request.url ?? '')
    if (target === undefined) {
      refuseConnect(socket, 400, 'CONNECT takes a host and a port')
      return
    }
    const { host, port } = target
    const { passThrough, journal, server } = this.#options
    const fate = decideFate(host, passThrough)
    if (fate === 'pass') {
      journal.count({ outcome: 'passed', method: 'CONNECT', host: show(target, 443), path: '' })
      passConnection(socket, head, target)
      return
    }
    // A browser shows the sentence for its script only within TLS.
    if (fate === 'refuse' && !(isScriptHost(host) && port === 443)) {
      journal.count({ outcome: 'refused', method: 'CONNECT', host: show(target, 443), path: '' })
      refuseConnect(socket, 403, explainRefusal(host))
      return
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    this.#hosts.set(socket, host)
    const opened = port === 80 ? server : this.#secure
    opened.emit('connection', socket)
  }

  /** Handles a request for plain HTTP, or one for the host of scripts. */
  #handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { url = '/', headers } = request
    const { passThrough, journal, server } = this.#options
    const absolute = readAbsoluteUrl(url)
    const path = absolute?.path ?? url
    const target = absolute ?? readAuthority(headers.host ?? '', 80)
    if (target === undefined || !(absolute || isMixpanelHost(target.host) || isScriptHost(target.host))) {
      refuseRequest(response, 421, NOT_A_SERVER)
      return
    }
    const fate = decideFate(target.host, passThrough)
    const host = show(target, 80)
    if (fate === 'answer') {
      request.url = path
      headers.host = host
      delete headers['proxy-authorization']
      this.#note(request, response, target.host)
      server.emit('request', request, response)
      return
    }
    journal.count({
      outcome: fate === 'pass' ? 'passed' : 'refused',
      method: request.method ?? '',
      host,
      path,
    })
    if (fate === 'pass') passRequest(request, response, { ...target, path })
    else refuseRequest(response, 403, explainRefusal(target.host))
  }

  /** Lists a request that the server answers. */
  #note(request: http.IncomingMessage, response: http.ServerResponse, host: string): void {
    const { journal } = this.#options
    const { method = '', url } = request
    journal.count({ outcome: 'answered', method, host, path: url ?? '' }, request)
    this.#underWay.add(response)
    response.once('close', () => {
      this.#underWay.delete(response)
      if (response.statusCode === 401 && request.headers.authorization !== undefined)
        journal.wasUnauthorized(request)
    })
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}

const NOT_A_SERVER =
  "This is the proxy of twinpanel exec --intercept. Twinpanel's own address is in TWINPANEL_URL."

/** The host that a TLS client asks for. */
function nameOf({ servername }: tls.TLSSocket): string {
  return typeof servername === 'string' && servername !== '' ? servername.toLowerCase() : DEFAULT_HOST
}

function show({ host, port }: Target, usualPort: number): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === usualPort ? name : `${name}:${port}`
}

function listen(server: Server): Promise<number> {
  return new Promise((listening, failed) => {
    server.once('error', failed)
    server.listen({ port: 0, host: LOOPBACK }, () => listening((server.address() as AddressInfo).port))
  })
}
