import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'

/** Sends an RFC 9457 problem: what went wrong, in one sentence a developer can act on. */
export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const body = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail }
  return reply.code(status).header('content-type', 'application/problem+json').send(JSON.stringify(body))
}
