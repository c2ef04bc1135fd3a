import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { readErrorKindOf } from '../read/failure.ts'
import { handleError, leaveAlone, RETRY_LATER } from './errors.ts'
import { isGone } from './gone.ts'

/** Sends a refusal in the form of the route that was asked. */
export type Refuse = (
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  text: string,
) => FastifyReply

/** Makes the error handler of reading routes: what can be told in a sentence is told in their form. */
export function handleReadError(refuse: Refuse) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const failure = readErrorKindOf(error)
    if (failure === 'gone' || (failure !== undefined && isGone(reply.raw))) return leaveAlone(reply)
    if (failure === 'too_long') return refuse(request, reply, 400, TOO_LONG)
    if (failure === 'busy') {
      request.log.warn({ reason: error.message }, 'a read was refused')
      return refuse(request, reply.headers(RETRY_LATER), 429, BUSY)
    }
    if (failure === 'away') {
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
