import { existsSync } from 'node:fs'
import { type Config, type Environment, isLoopbackHost } from '../../config.ts'
import { hintAtName } from '../../core/near-name.ts'
import { type Check, good, note } from './check.ts'

/** The version of Node and the platform. An old Node does not come so far. */
export function checkNode(version: string): Check {
  const { node } = process.versions
  return good('Twinpanel', `${version}, on Node ${node}, ${process.platform}-${process.arch}`)
}

/** Variables that are meant for Twinpanel, and that it does not read. In: the names that it reads. */
export function checkNames(env: Environment, known: readonly string[]): readonly Check[] {
  const strange = Object.keys(env).filter(
    (name) => name.startsWith('TWINPANEL_') && !known.includes(name) && name !== 'TWINPANEL_URL',
  )
  return strange.map((name) =>
    note('variables', `${name} is set, and Twinpanel does not read it.`, hintAtName(name, known)),
  )
}

/** Proxies that would get the requests to a local server. */
export function checkProxies(env: Environment): readonly Check[] {
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']
  const set = names.filter((name) => env[name])
  const except = (env['NO_PROXY'] ?? env['no_proxy'] ?? '').split(/[\s,]+/)
  const isExempt = except.some((entry) => entry === '*' || /^\.?localhost$|^127\.0\.0\.1/.test(entry))
  if (set.length === 0 || isExempt) return []
  const found = `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set, and NO_PROXY does not name localhost: SDKs and curl may send their requests to the proxy.`
  return [note('proxy', found, 'Set NO_PROXY=localhost,127.0.0.1')]
}

/** In a container, a server on loopback is reached by nobody outside. */
export function checkContainer({ host }: Config): readonly Check[] {
  const isContainer = existsSync('/.dockerenv') || existsSync('/run/.containerenv')
  if (!isContainer || !isLoopbackHost(host)) return []
  const found = `This is a container, and ${host} is reached only from within it.`
  return [note('container', found, 'To reach it from outside, set HOST=0.0.0.0 and TWINPANEL_ADMIN_TOKEN.')]
}
