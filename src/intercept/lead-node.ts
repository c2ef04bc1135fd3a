import type * as Net from 'node:net'

/** What the program below is given: where Mixpanel's ports 443 and 80 are in a run. */
interface Ports {
  readonly secure: number
  readonly plain: number
}

/** A program that leads a process of Node to the proxy, for --require; as text. */
export function programForNode(ports: Ports): string {
  return `;(${leadNode})(require('node:net'), process.env, ${JSON.stringify(ports)})\n`
}

/**
 * Leads each connection of this process to Mixpanel to the proxy, whatever opens it: NODE_USE_ENV_PROXY, which Node 20
 * does not know, has no effect on agents that a program makes itself, as the SDK does. With HTTPS_PROXY or HTTP_PROXY set,
 * init() of the SDK (mixpanel 0.24) throws, so these are unset here. Self-contained, since it is run as text.
 */
function leadNode(
  net: typeof Net,
  env: Record<string, string | undefined>,
  ports: { readonly secure: number; readonly plain: number },
): void {
  type Options = { host?: unknown; port?: unknown; path?: unknown }
  // On Windows they would be the same variables as those in lower case.
  delete env['HTTPS_PROXY']
  delete env['HTTP_PROXY']
  const isMixpanel = (host: unknown) => typeof host === 'string' && /(^|\.)mixpanel\.com\.?$/i.test(host)
  const lead = (options: Options): Options => {
    if (options.path || !isMixpanel(options.host)) return options
    return { ...options, host: '127.0.0.1', port: Number(options.port) === 80 ? ports.plain : ports.secure }
  }
  const { connect } = net.Socket.prototype
  const connectLed = function (this: Net.Socket, ...args: unknown[]): Net.Socket {
    const [first, second] = args
    // Within Node, the arguments come as a list that is marked as such.
    if (Array.isArray(first)) first[0] = lead(first[0])
    else if (typeof first === 'object' && first !== null) args[0] = lead(first)
    else if (isMixpanel(second)) args.splice(0, 2, lead({ port: first, host: second }))
    return Reflect.apply(connect, this, args)
  }
  net.Socket.prototype.connect = connectLed as typeof connect
}
