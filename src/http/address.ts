import type { FastifyRequest } from 'fastify'
import { withoutPort } from '../core/geo/address.ts'

/** The client's address, as far as proxies are trusted; empty if the client has gone. */
export function addressOf(request: Pick<FastifyRequest, 'ip'>): string {
  const ip: string | undefined = request.ip
  return withoutPort(ip ?? '')
}
