import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { RETRY_LATER } from '../../core/respond/errors.ts'
import { leaveAlone, storeErrorKindOf } from '../../http/errors.ts'
import { sendProblem } from '../../http/problem.ts'
import { describeInvalid } from './describe-invalid.ts'

/** Answers errors thrown by handlers of our API with problem details (RFC 9457). A bug is logged once. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || (error.validation && isPlainText(request))) {
    return sendProblem(reply, 415, 'The body must be JSON, sent with Content-Type: application/json.')
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return sendProblem(
      reply,
      413,
      `The body is too large: it may have ${request.routeOptions.bodyLimit} bytes.`,
    )
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return sendProblem(reply, error.statusCode, describeInvalid(error.validation) ?? error.message)
  }
  switch (storeErrorKindOf(error, request, reply)) {
    case 'gone':
      return leaveAlone(reply)
    case 'busy':
      return sendProblem(reply.headers(RETRY_LATER), 429, BUSY)
    case 'too_long':
      return sendProblem(reply, 400, 'The question took too long: ask for less at a time.')
    case 'away':
      return sendProblem(
        reply.headers(RETRY_LATER),
        503,
        'The database cannot be reached. Try again in a moment.',
      )
    case undefined:
      return sendProblem(reply, 500, 'This is a fault of Twinpanel itself. Its log says more.')
  }
}

const BUSY = 'The server is busy with other questions to the database. Try again in a moment.'

/** Fastify accepts text too. A text body that fails the schema is probably JSON without its content type. */
function isPlainText({ headers }: FastifyRequest): boolean {
  return /^\s*text\/plain/i.test(headers['content-type'] ?? '')
}
