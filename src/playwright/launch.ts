import type { BrowserType, LaunchOptions } from '@playwright/test'
import type { Relay } from './relay.ts'

type Proxy = NonNullable<LaunchOptions['proxy']>

/**
 * The options with which Chromium sends all requests to the hosts to the relay: those of pages, popups and workers, and
 * beacons of pages that are being closed, which Playwright's routes do not see. Chromium trusts the relay's certificate
 * and no other that it would not trust anyway.
 */
export function throughRelay<Options extends LaunchOptions>(
  options: Options,
  { port, fingerprint }: Pick<Relay, 'port' | 'fingerprint'>,
  hosts: readonly string[],
): Options {
  const address = `127.0.0.1:${port}`
  const { args = [], proxy, env: given } = options
  const env = pastSystemProxy(given, hosts)
  const own = [
    ['host-resolver-rules', hosts.map((host) => `MAP ${host} ${address}`).join(',')],
    ['ignore-certificate-errors-spki-list', fingerprint],
    // Otherwise, pages on the internet need a permission to send requests to this machine.
    ['ip-address-space-overrides', `${address}=public`],
  ] as const
  return {
    ...options,
    args: own.reduce((all, [name, value]) => withValue(all, name, value), args),
    ...(proxy !== undefined && { proxy: pastProxy(proxy, hosts) }),
    ...(env !== undefined && { env }),
  }
}

/**
 * Has a type of browser amend the options of each launch: those of the configuration, of `test.use`, and of tests that
 * launch a browser themselves. In: the options of the test. Out: a function that undoes it.
 */
export function amendLaunches(
  type: BrowserType,
  defaults: LaunchOptions,
  amend: <Options extends LaunchOptions>(options: Options) => Options,
): () => void {
  const { launch, launchPersistentContext } = type
  type.launch = (options) => launch.call(type, amend({ ...defaults, ...options }))
  type.launchPersistentContext = (directory, options) =>
    launchPersistentContext.call(type, directory, amend({ ...defaults, ...options }))
  return () => Object.assign(type, { launch, launchPersistentContext })
}

/** A proxy that requests to the hosts do not take. */
export function pastProxy(proxy: Proxy, hosts: readonly string[]): Proxy {
  return { ...proxy, bypass: [...hosts, proxy.bypass].filter(Boolean).join(',') }
}

/** Whether requests to the hosts do not take a proxy. */
export function isPast({ bypass = '' }: Proxy, hosts: readonly string[]): boolean {
  const past = bypass.split(',').map((host) => host.trim())
  return hosts.every((host) => past.includes(host))
}

/**
 * The environment in which requests to the hosts do not take the proxy that it names; undefined for the process's own,
 * if that names none.
 */
function pastSystemProxy(env: LaunchOptions['env'], hosts: readonly string[]): LaunchOptions['env'] {
  const all = env ?? process.env
  if (!Object.keys(all).some((name) => /^(https?|all)_proxy$/i.test(name))) return env
  const known = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  const suffixes = hosts.map((host) => host.replace(/^\*/, ''))
  const value = [...suffixes, all['no_proxy'] ?? all['NO_PROXY']].filter(Boolean).join(',')
  return { ...Object.fromEntries(known), no_proxy: value, NO_PROXY: value }
}

/** Arguments with one more value of a list: Chromium takes the last argument of a name only, and the first value. */
function withValue(args: string[], name: string, value: string): string[] {
  const prefix = `--${name}=`
  const given = args.filter((arg) => arg.startsWith(prefix)).at(-1)
  const others = args.filter((arg) => !arg.startsWith(prefix))
  return [...others, `${prefix}${[value, given?.slice(prefix.length)].filter(Boolean).join(',')}`]
}
