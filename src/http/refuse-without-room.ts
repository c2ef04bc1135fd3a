import type { FastifyInstance } from 'fastify'
import { storeUnavailable } from '../core/respond/errors.ts'
import type { BodyRoom } from './body-room.ts'
import { dropUnused } from './raw-body.ts'
import { send } from './send.ts'

export interface RoomDeps {
  readonly room: BodyRoom
  /** Why no records can be taken at present, as a sentence; undefined if they can. */
  readonly shortage: () => string | undefined
}

/** Answers the requests of a scope 503 while the disk has no room for what they bring (DEC-08). */
export function refuseWithoutRoom(
  app: FastifyInstance,
  { room, shortage }: RoomDeps,
  bringsRecords: (method: string) => boolean = () => true,
): void {
  app.addHook('preHandler', (request, reply, done) => {
    if (!bringsRecords(request.method) || shortage() === undefined) return done()
    dropUnused(request, room).then(() => send(reply, storeUnavailable()), done)
  })
}
