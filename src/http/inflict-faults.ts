import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findNamedProjects, type NamedProjects } from '../access/named-projects.ts'
import { parseAuthorization } from '../core/decode/credentials.ts'
import { parseQuery } from '../core/decode/params.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import { normalisePath } from '../core/faults/match.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { replyWithFault } from '../core/respond/fault.ts'
import type { FiredFault, ServerFaults } from './armed-faults.ts'
import { type Payload, replaceAnswer, resetConnection, sendHalf } from './break-answer.ts'
import { dropUnused, leavesBodyRaw, readBody } from './raw-body.ts'
import { type ReceiveDeps, receive } from './receive.ts'
import { send } from './send.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The fault chosen for this request. */
    fault: FiredFault | undefined
  }
}

/** What misbehaving needs. */
export interface FaultHookDeps extends ReceiveDeps {
  readonly db: Parameters<typeof findNamedProjects>[1]
  readonly faults: ServerFaults
}

/**
 * Makes requests misbehave as the project's faults say (IMP-31, TRK-23). Call it before any route is added. Without
 * faults it costs a look at an empty list. Preflights are answered earlier, so that a browser sees the fault and not a
 * CORS error.
 */
export function inflictFaults(app: FastifyInstance, deps: FaultHookDeps): void {
  const stopping = new AbortController()
  const wait = (ms: number) => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined)
  app.decorateRequest('fault', undefined)
  app.addHook('preClose', (done) => {
    stopping.abort()
    done()
  })
  app.addHook('preHandler', (request, reply, done) => {
    if (deps.faults.isEmpty) return done()
    inflictBefore(request, reply, deps, wait).then((isAnswered) => (isAnswered ? undefined : done()), done)
  })
  app.addHook<Payload>('onSend', (request, reply, payload, done) => {
    if (request.fault === undefined) return done(null, payload)
    const { fault } = request.fault
    inflictAfter(request.fault, { request, reply, payload }, wait).then((sent) => {
      if (sent === undefined) return
      if (fault.truncate_response === true) sendHalf(reply, sent.body)
      else done(null, sent.body)
    }, done)
  })
}

type Wait = (ms: number) => Promise<unknown>

/**
 * Chooses the fault of a request, and applies the effects that come before the request is handled. Out: whether the
 * request ends there.
 */
async function inflictBefore(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: FaultHookDeps,
  wait: Wait,
): Promise<boolean> {
  const call = { method: request.method, path: normalisePath(request.url) }
  const named = deps.faults.asksForProject(call) ? await projectsNamedBy(request, deps) : undefined
  const fired = await deps.faults.strike(call, named)
  if (fired === undefined) return false
  request.fault = fired
  reply.header('twinpanel-fault', String(fired.id))
  const { fault } = fired
  if (fault.after_commit === true) return false
  if (fault.latency_ms !== undefined) {
    // A request sent in full is stored even if its client does not wait.
    if (leavesBodyRaw(request)) await readBody(request, deps.room)
    await wait(fault.latency_ms)
  }
  if (fault.reset_connection !== true && fault.status === undefined) return false
  // No route reads it any more.
  await dropUnused(request, deps.room)
  if (fault.reset_connection === true) resetConnection(reply)
  else if (fault.status !== undefined)
    send(reply, replyWithFault(fault, fault.status, { path: call.path, url: request.originalUrl }))
  return true
}

/** Applies the effects that come after the request was handled. Out: the body to send, or that there is none. */
async function inflictAfter(
  { fault }: FiredFault,
  { request, reply, payload }: { request: FastifyRequest; reply: FastifyReply; payload: Payload },
  wait: Wait,
): Promise<{ readonly body: Payload } | undefined> {
  if (fault.after_commit !== true) return { body: payload }
  if (fault.latency_ms !== undefined) await wait(fault.latency_ms)
  if (fault.reset_connection === true) {
    resetConnection(reply, payload)
    return undefined
  }
  if (fault.status === undefined) return { body: payload }
  const plan = replyWithFault(fault, fault.status, {
    path: normalisePath(request.url),
    url: request.originalUrl,
  })
  return { body: replaceAnswer(reply, payload, plan) }
}

/** The projects that a request names in its records, parameters and credentials. */
async function projectsNamedBy(request: FastifyRequest, deps: FaultHookDeps): Promise<NamedProjects> {
  const received = leavesBodyRaw(request) ? await receive(request, deps, { keepsBody: true }) : undefined
  const decoded = received?.ok === true ? received.value.decoded : undefined
  if (received?.ok === true) received.value.letGo()
  const params = decoded?.params ?? parseQuery(request.url)
  const tokens = [params.get('token'), ...(decoded === undefined ? [] : tokensOf(decoded))]
  const names = {
    credentials: parseAuthorization(request.headers.authorization),
    projectId: params.get('project_id'),
    tokens: tokens.filter((token) => token !== undefined),
  }
  return await findNamedProjects(names, deps.db)
}

function tokensOf({ payload }: DecodedRequest): readonly (string | undefined)[] {
  return payload.ok ? payload.value.records.map(tokenOf) : []
}

function tokenOf(record: Json): string | undefined {
  if (!isJsonObject(record)) return undefined
  const { properties, $token: ofProfile } = record
  const token = isJsonObject(properties) ? properties['token'] : ofProfile
  return typeof token === 'string' ? token : undefined
}
