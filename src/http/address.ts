import type { FastifyRequest } from 'fastify'
import { withoutPort } from '../core/geo/address.ts'

/** The client's address, as far as proxies are trusted; empty where the client has gone away. */
export function addressOf(request: Pick<FastifyRequest, 'ip'>): string {
  const ip: string | undefined = request.ip
  return withoutPort(ip ?? '')
}
