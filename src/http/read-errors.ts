import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isStoreAway, isTooLong } from '../read/store-away.ts'
import { handleError } from './errors.ts'

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
    if (isTooLong(error)) return refuse(request, reply, 504, TOO_LONG)
    if (isStoreAway(error)) {
      request.log.warn({ reason: error.message }, 'the database cannot be reached')
      return refuse(request, reply, 503, 'the database cannot be reached: try again later')
    }
    if (error.statusCode === undefined || error.statusCode >= 500) return handleError(error, request, reply)
    return refuse(request, reply, error.statusCode, error.message)
  }
}

const TOO_LONG = 'the question took too long: ask for fewer days, or with a simpler where'
