import { bind, type Connection } from './request.ts'
import type { Methods } from './route.ts'
import { PROJECT_ROUTES, SERVER_ROUTES } from './routes.ts'

export type { Client as Sdk } from '../api/clients.shape.ts'
export type { StoredEvent } from '../api/events.shape.ts'
export type { ExplainBody, Explanation } from '../api/explain.shape.ts'
export type { FaultsBody, SetFaults } from '../api/faults.shape.ts'
export type { Credentials, NewProjectBody, Project, ProjectChangeBody } from '../api/projects.shape.ts'
export type { Rule } from '../api/rules.shape.ts'
export type { ListedUser, User } from '../api/users.shape.ts'
export type { RenderedVerdict, Verdict } from '../api/verdicts.shape.ts'
export type { Profile } from '../api/wait.shape.ts'
export {
  ConnectionError,
  type Problem,
  TwinpanelError,
  UnexpectedEventError,
  WaitTimeoutError,
} from './errors.ts'
export type { CallOptions, Pages } from './route.ts'
export type { EventWait, ProfileWait, VerdictWait } from './routes.ts'

/** The server to call, and how. */
export interface ClientOptions {
  /** As http://127.0.0.1:4100. */
  readonly url: string | URL
  /** The server's TWINPANEL_ADMIN_TOKEN, if it has one. */
  readonly adminToken?: string | undefined
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** A project's records, settings of its simulation, and what is configured in Mixpanel's own interface. */
export interface ProjectClient extends Methods<typeof PROJECT_ROUTES> {}

/** The server. */
export interface Client extends Methods<typeof SERVER_ROUTES> {
  /** The project with a token or an id. Sends nothing. */
  project(tokenOrId: string | number): ProjectClient
}

/** A client of the API of a server. Sends nothing. Throws `TypeError` for options that cannot work. */
export function createClient({ url, adminToken, fetch }: ClientOptions): Client {
  const connection: Connection = { url: baseOf(String(url)), adminToken: checked(adminToken), fetch }
  return {
    ...bind(SERVER_ROUTES, connection),
    project: (tokenOrId) => bind(PROJECT_ROUTES, connection, [tokenOrId]),
  }
}

/** The URL without what no path can follow. */
function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError(`url must be one such as http://127.0.0.1:4100, and is ${JSON.stringify(url)}.`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TypeError('url must have no user name and no password: pass the admin token as adminToken.')
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
}

/** `fetch` would show a token that no header can carry in its error. An empty one is none, as in the server's settings. */
function checked(adminToken: string | undefined): string | undefined {
  if (adminToken === undefined || adminToken === '') return undefined
  if (/^[\x21-\x7e]+$/.test(adminToken)) return adminToken
  throw new TypeError('adminToken must consist of printable ASCII characters, without spaces.')
}
