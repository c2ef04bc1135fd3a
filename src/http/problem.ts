import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'

/** Sends an RFC 9457 problem. `detail`: one sentence on the problem that a developer can act on. */
export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const body = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail }
  const headers = { 'content-type': 'application/problem+json', 'x-content-type-options': 'nosniff' }
  return reply.code(status).headers(headers).send(JSON.stringify(body))
}
