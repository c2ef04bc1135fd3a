import { isLoopbackHost } from '../config.ts'
import { err, ok, type Result } from '../core/result.ts'

/** What becomes of a request: Twinpanel answers it, it is passed on, or it is refused. */
export type Fate = 'answer' | 'pass' | 'refuse'

/** Where a request is to go; `host` in lower case, without brackets. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** Other hosts that may be reached: names, `*.example.com` for all below a name, or `*` for all. */
export type PassThrough = readonly string[]

/** Names below mixpanel.com that SDKs do not know yet are included: nothing may reach Mixpanel by mistake. */
const MIXPANEL = /(^|\.)mixpanel\.com$/
const SCRIPTS = 'cdn.mxpnl.com'

/** True for a host of Mixpanel's, in all regions. */
export function isMixpanelHost(host: string): boolean {
  return MIXPANEL.test(host)
}

/** True for the host that serves the script of mixpanel-browser. */
export function isScriptHost(host: string): boolean {
  return host === SCRIPTS
}

/** What becomes of a request to a host. Loopback is passed on: its requests do not leave the machine. */
export function decideFate(host: string, passThrough: PassThrough): Fate {
  if (isMixpanelHost(host)) return 'answer'
  const isPassed =
    isLoopbackHost(host) || host.endsWith('.localhost') || passThrough.some((name) => covers(name, host))
  return isPassed ? 'pass' : 'refuse'
}

function covers(name: string, host: string): boolean {
  if (name === '*') return true
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name
}

/** Why a request is refused, and what to do. */
export function explainRefusal(host: string): string {
  if (isScriptHost(host)) {
    return `Twinpanel does not serve the script of mixpanel-browser. Install the package mixpanel-browser, or let the script through: --pass-through ${SCRIPTS}`
  }
  return `Twinpanel answers for Mixpanel only and does not let requests to ${host} through. To allow them: --pass-through ${host}`
}

/** Reads the target of CONNECT, or a Host header. Undefined if it is neither a name nor an address. */
export function readAuthority(text: string, defaultPort?: number): Target | undefined {
  const [, name = '', bracketed, port] = AUTHORITY.exec(text) ?? []
  const number = port === undefined ? defaultPort : Number(port)
  if (name === '' || number === undefined || number < 1 || number > 65_535) return undefined
  return { host: (bracketed ?? name).toLowerCase().replace(/\.$/, ''), port: number }
}

const AUTHORITY = /^([\w.-]{1,253}|\[([\da-f:.]{2,45})\])(?::(\d{1,5}))?$/i

/** Reads the URL of a request to a proxy for plain HTTP. Undefined for anything else. */
export function readAbsoluteUrl(url: string): (Target & { readonly path: string }) | undefined {
  const [, authority = '', rest = ''] = /^http:\/\/([^/?#]*)(.*)$/is.exec(url) ?? []
  const target = readAuthority(authority, 80)
  return target && { ...target, path: rest.startsWith('/') ? rest : `/${rest}` }
}

/** Checks the hosts of an option. Error: a sentence. */
export function readPassThrough(names: readonly string[]): Result<PassThrough, string> {
  const wrong = names.find((name) => !/^(\*|(\*\.)?[\w-]+(\.[\w-]+)*|[\da-f:]+)$/i.test(name))
  if (wrong !== undefined) {
    const allowed = 'a host such as example.com, *.example.com, or * for all hosts, without a port'
    return err(`${JSON.stringify(wrong)} cannot be let through: it must be ${allowed}.`)
  }
  return ok(names.map((name) => name.toLowerCase()))
}
