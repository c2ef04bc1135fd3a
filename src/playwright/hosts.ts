/** Mixpanel's own hosts: for records, for reading, and for the SDK's scripts. */
const MIXPANEL_HOSTS = ['mixpanel.com', '*.mixpanel.com', '*.mxpnl.com'] as const

/** The host that the SDK's scripts are loaded from. */
const SCRIPT_HOST = /(^|\.)mxpnl\.com$/i

/** A host name, without scheme, port or path. */
const HOST_NAME = /^(\*\.)?[\w-]+(\.[\w-]+)+$/
/** Hosts whose requests are never Mixpanel's alone. */
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3})$/i

/** The hosts that are answered by Twinpanel: Mixpanel's and the app's proxies. Throws for what is no such host. */
export function hostsOf(proxyHosts: readonly string[] = []): readonly string[] {
  for (const host of proxyHosts) {
    if (HOST_NAME.test(host) && !LOOPBACK.test(host)) continue
    throw new Error(
      `twinpanel.proxyHosts has ${JSON.stringify(host)}: each must be a host name that only serves as a proxy for ` +
        'Mixpanel, such as "mp.example.com", without scheme, port and path.',
    )
  }
  return [...MIXPANEL_HOSTS, ...proxyHosts]
}

/** Whether a host is one of those that are answered by Twinpanel. In: a name, with or without port. */
export function isAmong(hosts: readonly string[], host: string): boolean {
  const name = nameOf(host)
  return hosts.some((known) => (known.startsWith('*.') ? name.endsWith(known.slice(1)) : name === known))
}

/** Whether a host serves the SDK's scripts. In: a name, with or without port. */
export function isScriptHost(host: string): boolean {
  return SCRIPT_HOST.test(nameOf(host))
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}
