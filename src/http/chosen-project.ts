import type { FastifyRequest } from 'fastify'
import type { Endpoint, HasToken } from '../ingest/endpoint.ts'
import { inProject } from '../ingest/in-project.ts'
import type { AnyOutcome } from '../ingest/judged-request.ts'

/**
 * The header with which a proxy of tests gives the records of a request to the project with this token, in place of
 * the projects that they name: an app under test keeps its real token. Its sender has no more access than with a record
 * that names the project itself.
 */
const PROJECT_HEADER = 'twinpanel-project'

/** The token in the header; undefined without one. */
export function chosenToken({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const value = headers[PROJECT_HEADER]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The endpoint for the records of a request: those of one project if the header names it. */
export function inChosenProject<Valid extends HasToken, Refusal, Taken extends AnyOutcome>(
  endpoint: Endpoint<Valid, Refusal, Taken>,
  request: Pick<FastifyRequest, 'headers'>,
): Endpoint<Valid, Refusal, Taken> {
  const token = chosenToken(request)
  return token === undefined ? endpoint : inProject(endpoint, token)
}
