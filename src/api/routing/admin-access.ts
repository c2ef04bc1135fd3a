import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type AccessDeps, checkToken } from '../../access/authenticate.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { addressOf } from '../../http/address.ts'
import { isLoopbackHostHeader, isLoopbackPeer, passedOnBy } from '../../http/loopback.ts'
import { sendProblem } from '../../http/problem.ts'
import { askToWait } from '../../http/send.ts'

/**
 * Guards our API (SEC-12). With an admin token, the token is required. Without one, the server listens on loopback
 * only, and the API is open to local clients. Requests passed on by a proxy do not count as local, nor do those of web
 * pages on other hosts or ports: browsers send the origin of a request, and the Host header reveals a name that was
 * rebound to loopback.
 */
export function guardByAdminToken(app: FastifyInstance, deps: GuardDeps): void {
  const { adminToken } = deps
  app.addHook('onRequest', async (request, reply) => {
    const problem =
      adminToken === undefined ? strangerProblem(request) : tokenProblem(request, adminToken, deps)
    if (problem === undefined) return
    if (problem.status !== 403) reply.header('www-authenticate', 'Bearer')
    askToWait(reply, problem.waitS)
    return sendProblem(reply, problem.status, problem.detail)
  })
}

export type GuardDeps = Pick<AccessDeps, 'adminToken' | 'guesses' | 'clock'>

interface AccessProblem {
  readonly status: 401 | 403 | 429
  readonly detail: string
  readonly waitS?: number | undefined
}

const SEND_TOKEN: AccessProblem = {
  status: 401,
  detail: 'Send "Authorization: Bearer <TWINPANEL_ADMIN_TOKEN>".',
}

function tokenProblem(
  request: FastifyRequest,
  adminToken: string,
  deps: GuardDeps,
): AccessProblem | undefined {
  const credentials = parseAuthorization(request.headers.authorization)
  if (credentials.kind !== 'bearer') return SEND_TOKEN
  const isKnown = checkToken(credentials.token, addressOf(request), adminToken, deps)
  if (!isKnown.ok) return { status: 429, detail: isKnown.error.text, waitS: isKnown.error.waitS }
  return isKnown.value ? undefined : SEND_TOKEN
}

const THIS_MACHINE_ONLY =
  'Without TWINPANEL_ADMIN_TOKEN this API answers this machine only, under localhost or a loopback address.'

function strangerProblem(request: FastifyRequest): AccessProblem | undefined {
  const passedOn = passedOnBy(request)
  if (passedOn !== undefined) {
    const why = `A proxy has passed this request on (${passedOn}), so it is not known to come from this machine`
    return {
      status: 403,
      detail: `${why}: set TWINPANEL_ADMIN_TOKEN, and send it as "Authorization: Bearer …".`,
    }
  }
  const isOurs = isLoopbackPeer(request) && isLoopbackHostHeader(request.headers.host)
  return isOurs && !isForeignPage(request) ? undefined : { status: 403, detail: THIS_MACHINE_ONLY }
}

/** Browsers send Origin with every request that can change something, and Sec-Fetch-Site with the others. */
function isForeignPage({ headers }: FastifyRequest): boolean {
  const { host = '', origin } = headers
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return true
  const site = headers['sec-fetch-site']
  // Users who follow a link from another port of this machine see what it opens.
  return site === 'cross-site' || (site === 'same-site' && headers['sec-fetch-mode'] !== 'navigate')
}
