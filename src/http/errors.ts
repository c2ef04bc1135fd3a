import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_REQUEST_BYTES } from '../core/limits.ts'
import { badRequest, internalError, storeUnavailable, tooBusy, tooManyBytes } from '../core/respond/errors.ts'
import { readErrorKindOf } from '../read/error-kind.ts'
import { isGone } from './client-gone.ts'
import { letBrowserRead, type PageSettings } from './cors.ts'
import { sendProblem } from './problem.ts'
import { send } from './send.ts'

/** Answers an error thrown by a handler: Fastify's own in our format; anything else is a bug, logged once. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return send(reply, tooManyBytes(MAX_REQUEST_BYTES))
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return send(reply, { ...badRequest(error.message), status: error.statusCode })
  }
  switch (storeErrorKindOf(error, request, reply)) {
    case 'gone':
      return leaveAlone(reply)
    case 'busy':
    case 'too_long':
      return send(reply, tooBusy())
    case 'away':
      return send(reply, storeUnavailable())
    case undefined:
      return send(reply, internalError())
  }
}

/** nginx's status for a client that closed the connection. Only metrics see it. */
const CLIENT_CLOSED_REQUEST = 499

/** Ends a request after its client has disconnected. */
export function leaveAlone(reply: FastifyReply): FastifyReply {
  return reply.code(CLIENT_CLOSED_REQUEST).send()
}

/** Answers a request with a path that cannot be decoded, so that no route matches. */
export function refuseUnreadable(
  { message, statusCode = 400 }: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  settings: PageSettings,
): FastifyReply {
  if (request.url.startsWith('/_twin')) {
    return sendProblem(reply, statusCode, `The path cannot be read: ${message}.`)
  }
  return letBrowserRead(request, reply, settings) ? reply : send(reply, badRequest(message))
}

/** Logs an error. Out: its kind; undefined for a bug. */
export function storeErrorKindOf(error: FastifyError, { log }: FastifyRequest, { raw }: FastifyReply) {
  const kind = readErrorKindOf(error)
  if (kind === undefined) log.error({ err: error }, 'unexpected error')
  // A read that fails after its client has gone was most likely cancelled.
  else if (kind === 'gone' || isGone(raw)) return 'gone'
  else if (kind === 'away') log.warn({ reason: error.message }, 'the database cannot be reached')
  else log.warn({ reason: error.message }, 'the database is overloaded')
  return kind
}
