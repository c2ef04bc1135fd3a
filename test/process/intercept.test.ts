import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { dirname, join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type InterceptingTwinpanel, startTwinpanel } from '../../src/package/start-twinpanel.ts'
import { MAIN, ServerProcesses, until } from '../support/server-process.ts'
import {
  event,
  eventsOf,
  isInstalled,
  listed,
  openTunnel,
  run,
  sendThrough,
  setFault,
  trackRequest,
} from './support/clients.ts'

/*
 * The proxy that answers for Mixpanel's hosts: what is in its connections is as on the server's own port, other hosts are
 * not reached, and nothing of a run remains or meets another.
 */

let twinpanel: InterceptingTwinpanel
const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)])
let before: { readonly env: object; readonly listeners: unknown }
let silence: Promise<unknown>
beforeAll(async () => {
  before = { env: { ...process.env }, listeners: listeners() }
  twinpanel = await startTwinpanel({ intercept: true })
  const { port } = new URL(twinpanel.intercept.proxyUrl)
  const silent = connectTcp({ host: '127.0.0.1', port: Number(port) }).resume()
  silent.write('CONNECT api.mixp')
  silence = once(silent, 'close').then(() => 'ended')
})
afterAll(() => twinpanel.stop())

describe('what is in a connection', () => {
  const request = (host: string, token: string) => {
    const body = event(token)
    const head = ['POST /track?verbose=1 HTTP/1.1', `Host: ${host}`, 'content-TYPE: application/json']
    return `${[...head, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`
  }
  const withoutDate = (answer: string) => answer.replaceAll(/^date: .*$/gim, '')

  it('gets the bytes that the server itself would send, keep-alive and errors included', async () => {
    const requests = [
      request('api.mixpanel.com', 'bytes'),
      'GET /no-such-path HTTP/1.1\r\nHost: api.mixpanel.com\r\n\r\n',
      'GET /track HTTP/1.1\r\nHost: api.mixpanel.com\r\nConnection: close\r\n\r\n',
    ].join('')
    const malformed = 'NONSENSE\r\n\r\n'
    for (const bytes of [requests, malformed]) {
      const { hostname, port } = new URL(twinpanel.url)
      const direct = connectTcp({ host: hostname, port: Number(port) })
      direct.write(bytes)
      const expected = await text(direct)
      expect(expected).toMatch(/^HTTP\/1\.1 (200|400) /)
      expect(withoutDate(await sendThrough(twinpanel.intercept, 'api.mixpanel.com', bytes))).toBe(
        withoutDate(expected),
      )
    }
  })

  it('keeps the host, which names the region', async () => {
    const { token } = await twinpanel.project({ settings: { region: 'eu' } })
    for (const host of ['api.mixpanel.com', 'api-eu.mixpanel.com'])
      await sendThrough(twinpanel.intercept, host, trackRequest(token, host, host))
    expect(await eventsOf(twinpanel, token)).toEqual(['api-eu.mixpanel.com'])
  })

  it('is broken as the faults of the project say', async () => {
    const { token } = await twinpanel.project()
    const send = () =>
      sendThrough(twinpanel.intercept, 'api.mixpanel.com', request('api.mixpanel.com', token))
    await setFault(twinpanel, token, { path: '/track', reset_connection: true })
    expect(await send()).toBe('')
    await setFault(twinpanel, token, { path: '/track', truncate_response: true })
    expect(await send()).toMatch(/content-length: 25\r\n[\s\S]*\r\n\r\n\{"error":nul$/i)
  })

  it('is HTTP/1.1 for clients that know HTTP/2, too', async () => {
    const socket = await openTunnel(twinpanel.intercept, 'api.mixpanel.com:443')
    const secure = connect({
      socket,
      servername: 'api.mixpanel.com',
      ca: twinpanel.intercept.caCertificate,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await once(secure, 'secureConnect')
    expect(secure.alpnProtocol).toBe('http/1.1')
    secure.destroy()
  })
})

describe('what is of others', () => {
  it('is refused with a sentence, listed, and does not leave, unless it is let through', async () => {
    const seen: string[] = []
    const other = createServer(({ url = '', headers }, response) => {
      seen.push(`${url} ${headers['proxy-connection'] ?? ''}`)
      response.end('from the other host')
    }).listen(0)
    await once(other, 'listening')
    // Not known as a loopback address, though a connection to it goes there.
    const authority = `0.0.0.0:${(other.address() as AddressInfo).port}`
    const ask = (proxyUrl: string) =>
      new Promise<string>((answered, failed) => {
        const options = {
          path: `http://${authority}/path`,
          agent: false,
          headers: { 'Proxy-Connection': 'close' },
        }
        request(proxyUrl, options, (answer) =>
          answered(text(answer).then((body) => `${answer.statusCode} ${body}`)),
        )
          .on('error', failed)
          .end()
      })
    const sentence = `Twinpanel answers for Mixpanel only and does not let requests to 0.0.0.0 through. To allow them: --pass-through 0.0.0.0`
    expect(await ask(twinpanel.intercept.proxyUrl)).toBe(`403 ${sentence}\n`)
    await expect(openTunnel(twinpanel.intercept, authority)).rejects.toThrow(`403 ${sentence}`)
    expect(listed(twinpanel, authority)).toEqual([
      `1 refused GET ${authority}/path`,
      `1 refused CONNECT ${authority}`,
    ])
    expect(seen).toEqual([])
    await using open = await startTwinpanel({ intercept: { passThrough: ['0.0.0.0'] } })
    expect(await ask(open.intercept.proxyUrl)).toBe('200 from the other host')
    const tunnel = await openTunnel(open.intercept, authority)
    tunnel.write('GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect((await buffer(tunnel)).toString()).toMatch(/from the other host$/)
    expect(seen).toEqual(['/path ', '/tunnel '])
    expect(open.intercept.requests().map(({ outcome }) => outcome)).toEqual(['passed', 'passed'])
    other.close()
    await expect(openTunnel(open.intercept, authority)).rejects.toThrow(
      '502 Twinpanel cannot reach 0.0.0.0 (ECONNREFUSED)',
    )
  })

  it('is passed on if it is of this machine, and the proxy itself is no server', async () => {
    const { host } = new URL(twinpanel.url)
    const tunnel = await openTunnel(twinpanel.intercept, host)
    tunnel.write(`GET /_twin/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect((await buffer(tunnel)).toString()).toMatch(/^HTTP\/1\.1 200 /)
    const answer = await fetch(twinpanel.intercept.proxyUrl)
    expect([answer.status, await answer.text()]).toEqual([421, expect.stringContaining('TWINPANEL_URL')])
  })

  it('the certificate is for Mixpanel’s hosts only, and clients that do not trust it are listed', async () => {
    const socket = await openTunnel(twinpanel.intercept, 'api.mixpanel.com:443')
    const secure = connect({ socket, servername: 'data-in.mixpanel.com' })
    const [error] = await once(secure, 'error')
    expect(error.code).toBe('SELF_SIGNED_CERT_IN_CHAIN')
    const curl = await run('curl', ['-sS', 'https://data-in.mixpanel.com'], {
      https_proxy: twinpanel.intercept.proxyUrl,
    })
    if (isInstalled('curl')) {
      expect(curl.code).toBe(60)
      expect(listed(twinpanel, 'data-in.mixpanel.com')).toEqual(['1 untrusted CONNECT data-in.mixpanel.com'])
    }
  })
})

describe('a run', () => {
  it('leaves this process alone', () => {
    expect({ env: { ...process.env }, listeners: listeners() }).toEqual(before)
  })

  it('keeps its files to their owner, and the keys in memory; they go with it', async () => {
    const own = await startTwinpanel({ intercept: true })
    const directory = dirname(own.intercept.caFile)
    const names = await readdir(directory)
    expect(names).toContain('ca.pem')
    expect(await readFile(own.intercept.caFile, 'utf8')).toBe(own.intercept.caCertificate)
    for (const name of names) {
      const path = join(directory, name)
      expect([name, (await stat(path)).mode & 0o777]).toEqual([name, 0o600])
      expect([name, (await readFile(path, 'latin1')).includes('PRIVATE KEY')]).toEqual([name, false])
    }
    await own.stop()
    expect(existsSync(directory)).toBe(false)
    await expect(fetch(own.intercept.proxyUrl)).rejects.toThrow()
  })

  it('does not meet others: each has its own proxy, authority, and records', async () => {
    const body = (name: string) => trackRequest('same', name)
    await using first = await startTwinpanel({ intercept: true })
    await using second = await startTwinpanel({ intercept: true })
    await sendThrough(first.intercept, 'api.mixpanel.com', body('first'))
    await sendThrough(second.intercept, 'api.mixpanel.com', body('second'))
    expect([await eventsOf(first, 'same'), await eventsOf(second, 'same')]).toEqual([['first'], ['second']])
    const mixed = { ...first.intercept, caCertificate: second.intercept.caCertificate }
    await expect(sendThrough(mixed, 'api.mixpanel.com', body('mixed'))).rejects.toThrow(/certificate/)
    expect(first.intercept.requests().map(({ count }) => count)).toEqual([1])
  })

  it('answers the requests in progress when it stops', async () => {
    const own = await startTwinpanel({ intercept: true })
    const { token } = await own.project()
    await setFault(own, token, { path: '/track', latency_ms: 300 })
    const slow = sendThrough(
      own.intercept,
      'api.mixpanel.com',
      trackRequest(token, 'A', 'api.mixpanel.com', 'keep-alive'),
    )
    await until('the request', () => own.intercept.requests().length > 0)
    await own.stop()
    expect(await slow).toMatch(/\r\n\r\n1$/)
  })

  it('ends connections that say nothing', async () => {
    expect(await Promise.race([silence, delay(30_000, 'open', { ref: false })])).toBe('ended')
  })
})

describe('exec --intercept', () => {
  const processes = new ServerProcesses()
  afterEach(() => processes.clean())

  it('tells the command of the proxy, lists what came to it, and ends with the code of the command', async () => {
    const temporary = join(dirname(processes.newDataDir()), 'two words')
    await mkdir(temporary)
    const program = `
      const answer = await fetch('https://api.mixpanel.com/track', { method: 'POST', body: '${event('exec')}', headers: { 'content-type': 'application/json' } })
      console.log(await answer.text())
      await fetch('https://example.com').catch(() => console.log('refused'))
      const authorization = 'Basic ' + btoa('the-real-secret:')
      console.log((await fetch('https://data.mixpanel.com/api/2.0/export', { headers: { authorization } })).status)
      process.exit(7)`
    const args = [MAIN, 'exec', '--intercept', '--', process.execPath, '--input-type=module', '-e', program]
    const ended = processes.run(process.execPath, args, { TMPDIR: temporary })
    expect(await ended.ended).toEqual({ code: 7, signal: null })
    expect(ended.stdout()).toBe('1\nrefused\n401\n')
    expect(ended.stderr()).toBe(`Twinpanel has answered these requests, which were addressed to Mixpanel:
  1  POST  api.mixpanel.com/track            project exec
  1  GET   data.mixpanel.com/api/2.0/export
These requests to other hosts were refused (--pass-through HOST lets them through):
  1  CONNECT  example.com
Credentials that Twinpanel does not know were refused with 401. --project TOKEN accepts any, for the project with that token.
`)
    expect(await readdir(temporary)).toEqual([])
  })
})
