import type { FastifyRequest } from 'fastify'
import type { Json } from '../core/json.ts'
import { refuseTask } from '../core/respond/data-tasks.ts'
import { RETRY_AFTER_S } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { BodyRoom } from './body-room.ts'
import { receiveBytes } from './receive.ts'

/** The body of a request to the App API as JSON, whatever its type; undefined if there is none. Error: the answer. */
export async function readJson(
  request: FastifyRequest,
  room: BodyRoom,
  maxBytes: number,
): Promise<Result<Json | undefined, ReplyPlan>> {
  const body = await receiveBytes(request, room, maxBytes)
  if (!body.ok && body.error === 'too_large') {
    return err(refuseTask(413, `the body is larger than ${maxBytes} bytes`))
  }
  if (!body.ok) return err(refuseTask(429, 'too many bodies are under way', RETRY_AFTER_S))
  const { bytes, problem } = body.value
  if (problem !== undefined) return err(refuseTask(400, 'the body is not valid gzip'))
  if (bytes === undefined || bytes.length === 0) return ok(undefined)
  try {
    const json: Json = JSON.parse(Buffer.from(bytes).toString('utf8'))
    return ok(json)
  } catch {
    return err(refuseTask(400, 'the body must be JSON'))
  }
}
