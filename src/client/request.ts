import { ConnectionError, type Problem, TwinpanelError } from './errors.ts'
import type { CallOptions, Methods, Route, RouteTree } from './route.ts'

/** A server, and how to reach it. */
export interface Connection {
  /** Without a slash at the end. */
  readonly url: string
  readonly adminToken: string | undefined
  /** Undefined for the global one at the time of each call, which tests may have replaced. */
  readonly fetch: typeof globalThis.fetch | undefined
}

/** A request of a route, encoded. */
interface Call {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly signal: AbortSignal | undefined
}

/** Makes methods of routes. In: the first arguments of every path, such as a project. */
export function bind<T extends RouteTree>(
  tree: T,
  connection: Connection,
  first: readonly unknown[] = [],
): Methods<T> {
  const methods = Object.entries(tree).map(([name, node]) => [
    name,
    isRoute(node)
      ? (...args: unknown[]) => run(node, callOf(node, [...first, ...args]), connection)
      : bind(node, connection, first),
  ])
  return Object.fromEntries(methods)
}

function isRoute(node: Route | RouteTree): node is Route {
  return typeof node['operation'] === 'string'
}

/** Arguments are those of the path, then the query or the body if the route takes one, then the options. */
function callOf({ operation, takes }: Route, args: readonly unknown[]): Call {
  const [method = '', template = ''] = operation.split(' ')
  let used = 0
  const path = template.replace(/:\w+|\*/g, () => encodePart(args[used++]))
  const input = takes === 'none' ? undefined : args[used++]
  const options = args[used] as CallOptions | undefined
  return {
    method,
    path,
    query: takes === 'query' ? ((input ?? {}) as Call['query']) : {},
    body: takes === 'body' ? input : undefined,
    signal: options?.signal,
  }
}

/** A part of a path. URLs lose those that are refused here, and the request would be another one. */
function encodePart(part: unknown): string {
  if (typeof part !== 'string' && typeof part !== 'number') {
    throw new TypeError(`An id or token must be a string or a number, and is ${typeof part}.`)
  }
  const text = String(part)
  if (text === '' || text === '.' || text === '..') {
    throw new TypeError(`The path of a URL cannot have the id or token ${JSON.stringify(text)}.`)
  }
  return encodeURIComponent(text.toWellFormed())
}

function run(route: Route, call: Call, connection: Connection): Promise<unknown> {
  const first = send(route, call, connection)
  const { pages } = route
  if (pages === undefined) return first
  const next = (after: string) => send(route, { ...call, query: { ...call.query, after } }, connection)
  return Object.assign(first, { [Symbol.asyncIterator]: () => itemsOf(first, next, pages) })
}

interface Page {
  readonly [field: string]: unknown
  readonly next: string | null
}

async function* itemsOf(first: Promise<unknown>, next: (after: string) => Promise<unknown>, field: string) {
  let page = (await first) as Page
  yield* page[field] as readonly unknown[]
  while (page.next !== null) {
    page = (await next(page.next)) as Page
    yield* page[field] as readonly unknown[]
  }
}

/** Out: the body of the answer; undefined if it has none. Throws `TwinpanelError`. */
async function send(route: Route, call: Call, connection: Connection): Promise<unknown> {
  const { response, text } = await exchange(call, connection)
  const { status, ok } = response
  const isAnswer = ok || status === route.answers
  if (isAnswer && text === '') return undefined
  const body = parseJson(text)
  if (isAnswer && body !== undefined) return body
  if (!isProblem(body)) throw notOurs(response, connection)
  const OwnError = route.errors?.[status] as (new (problem: Problem) => TwinpanelError) | undefined
  throw OwnError === undefined ? new TwinpanelError(body) : new OwnError(body)
}

async function exchange({ method, path, query, body, signal }: Call, connection: Connection) {
  const { url, adminToken } = connection
  const ask = connection.fetch ?? globalThis.fetch
  const init: RequestInit = {
    method,
    headers: {
      ...(adminToken !== undefined && { authorization: `Bearer ${adminToken}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  }
  try {
    const response = await ask(`${url}${path}${textOf(query)}`, init)
    return { response, text: await response.text() }
  } catch (error) {
    throw signal?.aborted === true ? error : new ConnectionError(url, error)
  }
}

/** Lists and objects are sent as JSON. */
function textOf(query: Call['query']): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined)
      params.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  return params.size === 0 ? '' : `?${params}`
}

/** Undefined if it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string'
}

/** The error for an answer that Twinpanel does not give. */
function notOurs({ status, statusText, headers }: Response, { url }: Connection): TwinpanelError {
  const form = headers.get('content-type') ?? 'no content type'
  const detail = `${url} answered ${status} with ${form}, not as Twinpanel does. Is it the address of a Twinpanel server?`
  return new TwinpanelError({ type: 'about:blank', title: statusText, status, detail })
}
