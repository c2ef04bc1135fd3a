import type { FastifyReply } from 'fastify'
import { assertNever } from '../core/result.ts'
import { sendProblem } from '../http/problem.ts'

/** Why a request about projects is refused. */
export type ProjectError =
  | { readonly code: 'unknown_project' }
  | { readonly code: 'token_taken' }
  | { readonly code: 'unknown_timezone'; readonly timezone: string }
  | { readonly code: 'has_records' }

/** Answers with the status and the sentence of an error. */
export function sendProjectError(reply: FastifyReply, error: ProjectError): FastifyReply {
  switch (error.code) {
    case 'unknown_project':
      return sendProblem(reply, 404, 'No project has this id or token.')
    case 'token_taken':
      return sendProblem(reply, 409, 'Another project has this token.')
    case 'has_records':
      return sendProblem(
        reply,
        409,
        'id_management can be changed only while the project is empty: reset it first.',
      )
    case 'unknown_timezone':
      return sendProblem(
        reply,
        400,
        `timezone ${JSON.stringify(error.timezone)} is not an IANA name such as Europe/Berlin.`,
      )
    default:
      return assertNever(error)
  }
}
