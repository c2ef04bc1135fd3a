import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_REQUEST_BYTES } from '../core/limits.ts'
import { badRequest, internalError, storeUnavailable, tooManyBytes } from '../core/respond/errors.ts'
import { isStoreAway } from '../read/store-away.ts'
import { describeInvalid } from './invalid.ts'
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
  return send(reply, isOfTheStore(error, request) ? storeUnavailable() : internalError())
}

/** The same for our own API, in its own form (RFC 9457). */
export function handleTwinError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
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
  if (!isOfTheStore(error, request)) {
    return sendProblem(reply, 500, 'This is a fault of Twinpanel itself. Its log says more.')
  }
  const { headers = {} } = storeUnavailable()
  return sendProblem(reply.headers(headers), 503, 'The database cannot be reached. Try again in a moment.')
}

/** Fastify takes text too; what is none of our bodies may well be JSON that was not said to be. */
function isPlainText({ headers }: FastifyRequest): boolean {
  return /^\s*text\/plain/i.test(headers['content-type'] ?? '')
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

/** Logs what failed. Out: true where the store is away, false for a bug. */
function isOfTheStore(error: FastifyError, { log }: FastifyRequest): boolean {
  const isAway = isStoreAway(error)
  if (isAway) log.warn({ reason: error.message }, 'the database cannot be reached')
  else log.error({ err: error }, 'unexpected error')
  return isAway
}
