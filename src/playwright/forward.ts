import * as http from 'node:http'
import * as https from 'node:https'
import { isScriptHost } from './hosts.ts'
import { note, type Test } from './relayed-test.ts'
import { findScript } from './sdk-scripts.ts'

/** The server, and the test that a request belongs to. */
export interface Forwarding {
  readonly url: string
  readonly test: Test
}

/** Headers of one connection only. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'upgrade']

/** Answers a request to one of Mixpanel's hosts: with a script of the SDK, or as the server answers it. */
export function forward(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { url, test }: Forwarding,
): void {
  const { method = 'GET', headers } = request
  const host = headers.host ?? ''
  // A proxy's client sends the whole URL.
  const path = (request.url ?? '/').replace(/^https?:\/\/[^/]*/i, '')
  const shown = `${'encrypted' in request.socket ? 'https' : 'http'}://${host}${path}`
  response.once('close', () => {
    note(test, { method, url: shown, status: response.headersSent ? response.statusCode : 0 })
  })
  if (isScriptHost(host)) return void sendScript(path.replace(/\?.*/s, ''), request, response, test)
  if (/^\/+_twin(\/|\?|$)/.test(path)) {
    request.resume()
    refuse(request, response, 404, `${host} has no API of Twinpanel: it is at ${url}/_twin/.`)
    return
  }
  const target = new URL(url)
  const { request: send } = target.protocol === 'https:' ? https : http
  const upstream = send(
    target,
    {
      method,
      path: `${target.pathname.replace(/\/$/, '')}${path}`,
      headers: headersFor(request, test),
      // A kept connection may be closed by the server at the moment of its next request.
      agent: false,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
      answer.once('error', () => response.destroy())
    },
  )
  upstream.once('error', (error) => {
    if (response.headersSent) response.destroy()
    else refuse(request, response, 502, `Twinpanel at ${url} does not answer: ${error.message}`)
  })
  request.once('error', () => upstream.destroy())
  request.pipe(upstream)
}

/**
 * The headers of a request on its way to the server: the records are the project's, whatever token they name, and so are
 * credentials.
 */
function headersFor({ headers }: http.IncomingMessage, { token, secret }: Test): http.OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => name !== 'host' && !HOP_BY_HOP.includes(name))
  const sent: http.OutgoingHttpHeaders = { ...Object.fromEntries(kept), 'twinpanel-project': token }
  if (/^basic\s/i.test(headers.authorization ?? '')) {
    sent['authorization'] = `Basic ${Buffer.from(`${secret}:`).toString('base64')}`
  }
  return sent
}

async function sendScript(
  path: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { sdk, directory }: Test,
): Promise<void> {
  request.resume()
  const script = await findScript(path, sdk, directory)
  if (!script.ok) {
    process.stderr.write(`${script.error}\n`)
    refuse(request, response, 404, script.error)
    return
  }
  response.writeHead(200, {
    'content-type': path.endsWith('.map') ? 'application/json' : 'text/javascript; charset=utf-8',
    'access-control-allow-origin': '*',
  })
  response.end(script.value)
}

/** Refuses a request in a sentence, which the page may read. */
export function refuse(
  { headers }: http.IncomingMessage,
  response: http.ServerResponse,
  status: number,
  sentence: string,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'access-control-allow-origin': headers.origin ?? '*',
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  })
  response.end(JSON.stringify({ status: 0, error: sentence }))
}
