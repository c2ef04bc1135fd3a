import type { LIST_CLIENTS } from '../../api/clients.shape.ts'
import type { ClockBody, READ_CLOCK, RESET_CLOCK, SET_CLOCK } from '../../api/clock.shape.ts'
import type { LIST_EVENTS } from '../../api/events.shape.ts'
import type { EXPLAIN, ExplainBody } from '../../api/explain.shape.ts'
import type { DELETE_PROJECT_FAULTS, LIST_PROJECT_FAULTS } from '../../api/faults.shape.ts'
import type {
  CHANGE_PROJECT,
  CREATE_PROJECT,
  DELETE_PROJECT,
  LIST_PROJECTS,
  NewProjectBody,
  ProjectChangeBody,
  READ_PROJECT,
  RENEW_CREDENTIALS,
  RESET_PROJECT,
} from '../../api/projects.shape.ts'
import type { READ_RULE } from '../../api/rules.shape.ts'
import type { LIST_USERS, READ_USER } from '../../api/users.shape.ts'
import type { COUNT_VERDICTS, LIST_CATALOGUE, LIST_VERDICTS } from '../../api/verdicts.shape.ts'
import { ask } from './client.ts'

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

export const listProjects = (query: Query) => ask<typeof LIST_PROJECTS>('GET', `/projects${textOf(query)}`)

/** A project, by its token or its id. */
export const readProject = (token: string) => ask<typeof READ_PROJECT>('GET', pathOf(token))

export const createProject = (body: NewProjectBody) => ask<typeof CREATE_PROJECT>('POST', '/projects', body)

export const changeProject = (token: string, body: ProjectChangeBody) =>
  ask<typeof CHANGE_PROJECT>('PATCH', pathOf(token), body)

export const deleteProject = (token: string) => ask<typeof DELETE_PROJECT>('DELETE', pathOf(token))

export const resetProject = (token: string) => ask<typeof RESET_PROJECT>('POST', pathOf(token, '/reset'))

export const renewCredentials = (token: string) =>
  ask<typeof RENEW_CREDENTIALS>('POST', pathOf(token, '/credentials'))

export const readClock = (token: string) => ask<typeof READ_CLOCK>('GET', pathOf(token, '/clock'))

export const setClock = (token: string, body: ClockBody) =>
  ask<typeof SET_CLOCK>('PUT', pathOf(token, '/clock'), body)

export const giveClockBack = (token: string) => ask<typeof RESET_CLOCK>('DELETE', pathOf(token, '/clock'))

export const listEvents = (token: string, query: Query = {}) =>
  ask<typeof LIST_EVENTS>('GET', pathOf(token, '/events', query))

export const listVerdicts = (token: string, query: Query = {}) =>
  ask<typeof LIST_VERDICTS>('GET', pathOf(token, '/verdicts', query))

export const listUsers = (token: string, query: Query = {}) =>
  ask<typeof LIST_USERS>('GET', pathOf(token, '/users', query))

/** A user, by any of its ids. */
export const readUser = (token: string, id: string) =>
  ask<typeof READ_USER>('GET', pathOf(token, `/users/${encodeURIComponent(id)}`))

/** How often each verdict was given, the worst first. */
export const countVerdicts = (token: string) =>
  ask<typeof COUNT_VERDICTS>('GET', pathOf(token, '/verdicts/counts'))

export const readCatalogue = () => ask<typeof LIST_CATALOGUE>('GET', '/verdicts')

export const readRule = (id: string) => ask<typeof READ_RULE>('GET', `/rules/${encodeURIComponent(id)}`)

/** The clients that have sent records, the last seen first. */
export const listClients = (token: string) => ask<typeof LIST_CLIENTS>('GET', pathOf(token, '/clients'))

export const listFaults = (token: string) => ask<typeof LIST_PROJECT_FAULTS>('GET', pathOf(token, '/faults'))

export const removeFaults = (token: string) =>
  ask<typeof DELETE_PROJECT_FAULTS>('DELETE', pathOf(token, '/faults'))

/** What records would do; writes nothing. */
export const explainRecords = (body: ExplainBody) => ask<typeof EXPLAIN>('POST', '/explain', body)
