import type { Explanation } from '../../twin/explanation.ts'
import type { ClockBody, ExplainBody, NewProjectBody, ProjectChangeBody } from '../../twin/schemas.ts'
import { ask } from './client.ts'
import type {
  Client,
  Clock,
  Credentials,
  ListedUser,
  Project,
  RenderedVerdict,
  Rule,
  SetFault,
  StoredEvent,
  User,
  Verdict,
  VerdictCount,
} from './types.ts'

/** A page of a list, and the cursor of the next page; null on the last. */
export type Page<Name extends string, T> = Readonly<Record<Name, readonly T[]>> & {
  readonly next: string | null
}

type Query = Readonly<Record<string, string | number | undefined>>

/** The path of a project, by its token. */
function pathOf(token: string, rest = '', query: Query = {}): string {
  return `/projects/${encodeURIComponent(token)}${rest}${textOf(query)}`
}

function textOf(query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(name, String(value))
  }
  return params.size === 0 ? '' : `?${params}`
}

export const listProjects = (query: Query) =>
  ask<Page<'projects', Project>>('GET', `/projects${textOf(query)}`)

/** A project, by its token or its id. */
export const readProject = (token: string) => ask<Project>('GET', pathOf(token))

export const createProject = (body: NewProjectBody) => ask<Project & Credentials>('POST', '/projects', body)

export const changeProject = (token: string, body: ProjectChangeBody) =>
  ask<Project>('PATCH', pathOf(token), body)

export const deleteProject = (token: string) => ask<undefined>('DELETE', pathOf(token))

export const resetProject = (token: string) => ask<undefined>('POST', pathOf(token, '/reset'))

export const renewCredentials = (token: string) => ask<Credentials>('POST', pathOf(token, '/credentials'))

export const readClock = (token: string) => ask<Clock>('GET', pathOf(token, '/clock'))

export const setClock = (token: string, body: ClockBody) => ask<Clock>('PUT', pathOf(token, '/clock'), body)

export const giveClockBack = (token: string) => ask<undefined>('DELETE', pathOf(token, '/clock'))

export const listEvents = (token: string, query: Query = {}) =>
  ask<Page<'events', StoredEvent>>('GET', pathOf(token, '/events', query))

export const listVerdicts = (token: string, query: Query = {}) =>
  ask<Page<'verdicts', Verdict>>('GET', pathOf(token, '/verdicts', query))

export const listUsers = (token: string, query: Query = {}) =>
  ask<Page<'users', ListedUser>>('GET', pathOf(token, '/users', query))

/** A user, by any of its ids. */
export const readUser = (token: string, id: string) =>
  ask<User>('GET', pathOf(token, `/users/${encodeURIComponent(id)}`))

/** How often each code was told, the worst first. */
export const countVerdicts = (token: string) =>
  ask<{ readonly codes: readonly VerdictCount[] }>('GET', pathOf(token, '/verdicts/counts'))

/** All verdicts that there are. */
export const readCatalogue = () => ask<{ readonly verdicts: readonly RenderedVerdict[] }>('GET', '/verdicts')

/** A rule of the contract, by its id. */
export const readRule = (id: string) => ask<Rule>('GET', `/rules/${encodeURIComponent(id)}`)

/** The clients that have sent records, the one seen last first. */
export const listClients = (token: string) =>
  ask<{ readonly clients: readonly Client[] }>('GET', pathOf(token, '/clients'))

/** The faults that are set for a project. */
export const listFaults = (token: string) => ask<readonly SetFault[]>('GET', pathOf(token, '/faults'))

export const removeFaults = (token: string) => ask<undefined>('DELETE', pathOf(token, '/faults'))

/** What would become of records; nothing is written. */
export const explainRecords = (body: ExplainBody) => ask<Explanation>('POST', '/explain', body)
