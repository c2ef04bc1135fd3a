import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_REQUEST_BYTES } from '../core/limits.ts'
import { badRequest, internalError, storeUnavailable, tooBusy, tooManyBytes } from '../core/respond/errors.ts'
import { readErrorKindOf } from '../read/failure.ts'
import { isGone } from './gone.ts'
import { sendProblem } from './problem.ts'
import { send } from './send.ts'

/** Answers what a handler threw: Fastify's refusals in our form; anything else is a bug, logged once. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return send(reply, tooManyBytes(MAX_REQUEST_BYTES))
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return send(reply, { ...badRequest(error.message), status: error.statusCode })
  }
  switch (storeFailureOf(error, request, reply)) {
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

/** When a reader should come back to a server that has too much to read. */
export const BUSY_RETRY_AFTER = { 'retry-after': '2' }

/** As nginx has it: the client has closed the connection. Nobody reads it but who counts answers. */
const CLIENT_CLOSED_REQUEST = 499

/** Ends a request whose client has gone. */
export function leaveAlone(reply: FastifyReply): FastifyReply {
  return reply.code(CLIENT_CLOSED_REQUEST).send()
}

/** Answers a request whose path cannot be read, and so has no route that could. */
export function refuseUnreadable(
  { message, statusCode = 400 }: FastifyError,
  { url }: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (!url.startsWith('/_twin')) return send(reply, badRequest(message))
  return sendProblem(reply, statusCode, `The path cannot be read: ${message}.`)
}

/** Logs why a request failed, and says what that is for its client. Undefined for a bug. */
export function storeFailureOf(error: FastifyError, { log }: FastifyRequest, { raw }: FastifyReply) {
  const failure = readErrorKindOf(error)
  if (failure === undefined) log.error({ err: error }, 'unexpected error')
  // What fails once nobody waits for it was most likely given up for that.
  else if (failure === 'gone' || isGone(raw)) return 'gone'
  else if (failure === 'away') log.warn({ reason: error.message }, 'the database cannot be reached')
  else log.warn({ reason: error.message }, 'the database has too much to do')
  return failure
}
