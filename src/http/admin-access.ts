import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isSameSecret } from '../access/secrets.ts'
import { parseAuthorization } from '../core/decode/credentials.ts'
import { sendProblem } from './problem.ts'

const LOOPBACK_HOST = /^(localhost|[\w.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/**
 * Guards our own API (SEC-12): with an admin token, it must be shown; without one the server listens on
 * loopback only, and the API is open to this machine. A web page is not this machine, be it from elsewhere or
 * from another port: a browser tells where a request comes from, and a name that was rebound to loopback stands
 * in the Host header.
 */
export function guardTwinApi(app: FastifyInstance, adminToken: string | undefined): void {
  app.addHook('onRequest', async (request, reply) => {
    const problem = adminToken === undefined ? foreignPageProblem(request) : tokenProblem(request, adminToken)
    if (problem === undefined) return
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
    return sendProblem(reply, problem.status, problem.detail)
  })
}

interface AccessProblem {
  readonly status: 401 | 403
  readonly detail: string
}

function tokenProblem(request: FastifyRequest, adminToken: string): AccessProblem | undefined {
  const credentials = parseAuthorization(request.headers.authorization)
  if (credentials.kind === 'bearer' && isSameSecret(credentials.token, adminToken)) return undefined
  return { status: 401, detail: 'Send "Authorization: Bearer <TWINPANEL_ADMIN_TOKEN>".' }
}

function foreignPageProblem(request: FastifyRequest): AccessProblem | undefined {
  const { host = '', origin } = request.headers
  const isForeign = request.headers['sec-fetch-site'] === 'cross-site' || !isOwnOrigin(origin, host)
  if (!isForeign && LOOPBACK_HOST.test(host)) return undefined
  const detail =
    'Without TWINPANEL_ADMIN_TOKEN this API answers this machine only, under localhost or a loopback address.'
  return { status: 403, detail }
}

/** Browsers send Origin with every request that can change something; other clients do not. */
function isOwnOrigin(origin: string | undefined, host: string): boolean {
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`
}
