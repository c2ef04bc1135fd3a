import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { expect, it } from 'vitest'
import { PageRoom } from '../../../src/http/page-room.ts'

it('the pages of all exports share 24 MB, however slowly they are read', () => {
  const room = new PageRoom()
  const open = () => {
    const raw = new ServerResponse(new IncomingMessage(new Socket()))
    return { nextPage: room.enter({ raw } as unknown as FastifyReply), end: () => raw.emit('close') }
  }
  const first = open()
  expect(first.nextPage()).toBe(2_000_000)
  const others = Array.from({ length: 199 }, open)
  // The pages of exports that were there before become smaller, too.
  expect(first.nextPage()).toBe(120_000)
  for (const other of others) other.end()
  expect(first.nextPage()).toBe(2_000_000)
})
