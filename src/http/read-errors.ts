import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { RETRY_LATER } from '../core/respond/errors.ts'
import { readErrorKindOf } from '../read/error-kind.ts'
import { isGone } from './client-gone.ts'
import { handleError, leaveAlone } from './errors.ts'

/** Sends an error in the format of the requested route. */
export type Refuse = (
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  text: string,
) => FastifyReply

/** Creates the error handler of routes that read: expected errors are sent in the routes' format. */
export function handleReadError(refuse: Refuse) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const kind = readErrorKindOf(error)
    if (kind === 'gone' || (kind !== undefined && isGone(reply.raw))) return leaveAlone(reply)
    if (kind === 'too_long') return refuse(request, reply, 400, TOO_LONG)
    if (kind === 'busy') {
      request.log.warn({ reason: error.message }, 'a read was refused')
      return refuse(request, reply.headers(RETRY_LATER), 429, BUSY)
    }
    if (kind === 'away') {
      request.log.warn({ reason: error.message }, 'the database cannot be reached')
      return refuse(
        request,
        reply.headers(RETRY_LATER),
        503,
        'the database cannot be reached: try again later',
      )
    }
    if (error.statusCode === undefined || error.statusCode >= 500) return handleError(error, request, reply)
    return refuse(request, reply, error.statusCode, error.message)
  }
}

const BUSY = 'the server is busy with other reads: try again in a moment'
const TOO_LONG = 'the question took too long: ask for fewer days, or with a simpler where'
