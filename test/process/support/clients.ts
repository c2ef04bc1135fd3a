import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { connect } from 'node:tls'
import type { Intercept } from '../../../src/intercept/intercept.ts'
import type { InterceptingTwinpanel } from '../../../src/package/start-twinpanel.ts'

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program with these variables, and PATH, to its end. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'close'),
  ])
  return { code, stdout: stdout.toString(), stderr: stderr.toString() }
}

/** Whether a program is installed, or `args` succeed with it. */
export function isInstalled(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args.length === 0 ? ['--version'] : args).status === 0
}

/** Opens a tunnel to a host; throws with the status of a refusal. */
export async function openTunnel({ proxyUrl }: Intercept, authority: string): Promise<Socket> {
  const connecting = request(proxyUrl, { method: 'CONNECT', path: authority, agent: false }).end()
  const [answer, socket] = await once(connecting, 'connect')
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${answer.statusMessage}`)
  return socket
}

/** Sends bytes to a host in TLS through the proxy, and returns those that come back until the end. */
export async function sendThrough(intercept: Intercept, host: string, bytes: string): Promise<string> {
  const socket = await openTunnel(intercept, `${host}:443`)
  const secure = connect({ socket, servername: host, ca: intercept.caCertificate })
  secure.write(bytes)
  return (await buffer(secure)).toString()
}

type Server = Pick<InterceptingTwinpanel, 'url' | 'intercept'>

/** The body of a request with one event. */
export const event = (token: string, name = 'A') =>
  JSON.stringify([{ event: name, properties: { token, distinct_id: 'u' } }])

/** A whole request with one event, as bytes. */
export const trackRequest = (token: string, name = 'A', host = 'api.mixpanel.com', connection = 'close') => {
  const head = `GET /track?data=${encodeURIComponent(event(token, name))} HTTP/1.1`
  return `${head}\r\nHost: ${host}\r\nConnection: ${connection}\r\n\r\n`
}

/** The names of the events that a project has. */
export async function eventsOf({ url }: Server, token: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/_twin/projects/${token}/events`)
  const { events = [] } = (await answer.json()) as { events?: readonly { event: string }[] }
  return events.map(({ event: name }) => name).sort()
}

/** The listed requests that are about a token or a host. */
export function listed({ intercept }: Server, about: string): readonly string[] {
  return intercept
    .requests()
    .filter(({ tokens, host }) => tokens.includes(about) || host === about)
    .map(({ outcome, method, host, path, count }) => `${count} ${outcome} ${method} ${host}${path}`)
}

/** Makes a project misbehave. */
export async function setFault({ url }: Server, token: string, fault: object): Promise<void> {
  const answer = await fetch(`${url}/_twin/projects/${token}/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([fault]),
  })
  if (!answer.ok) throw new Error(await answer.text())
}
