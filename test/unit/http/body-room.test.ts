import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BodyRoom, ByteBudget } from '../../../src/http/body-room.ts'
import { readBody, takeRawBodies } from '../../../src/http/raw-body.ts'

describe('ByteBudget', () => {
  it('gives out no more than its limit, until it is given back (DEC-08)', () => {
    const budget = new ByteBudget(100)
    expect([budget.take(60), budget.take(40), budget.take(1)]).toEqual([true, true, false])
    budget.give(40)
    expect([budget.take(41), budget.take(40)]).toEqual([false, true])
  })

  it('serves one taker alone, whatever it takes (DEC-08)', () => {
    const budget = new ByteBudget(100)
    expect([budget.take(500), budget.take(1)]).toEqual([true, false])
    budget.give(500)
    expect(budget.take(1)).toBe(true)
  })

  it('lets those who wait in as there is room, in the order of asking, and nobody past them', async () => {
    const budget = new ByteBudget(100)
    const served: string[] = []
    const wait = (name: string, bytes: number) => budget.await(bytes).then(() => served.push(name))
    await wait('first', 80)
    const waiting = [wait('large', 90), wait('small', 10)]
    await Promise.resolve()
    expect([served, budget.take(1)]).toEqual([['first'], false])
    budget.give(80)
    await Promise.all(waiting)
    expect(served).toEqual(['first', 'large', 'small'])
    budget.give(90)
    budget.give(10)
    expect(budget.take(100)).toBe(true)
  })
})

interface Listening {
  readonly port: number
  readonly room: BodyRoom
}

/** A server that reads bodies, keeps them until it has answered, and answers with how many bytes there were. */
async function listen(): Promise<Listening> {
  const app = Fastify()
  const room = new BodyRoom()
  takeRawBodies(app)
  app.post('/', async (request) => {
    const body = await readBody(request, room)
    return body.ok ? { bytes: body.value.bytes?.length } : { error: body.error }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  return { port: (app.server.address() as AddressInfo).port, room }
}

interface Sending {
  readonly write: (bytes: number) => void
  readonly end: () => void
  readonly destroy: () => void
  readonly answer: Promise<unknown>
}

/** Begins a request, whose body has no length unless one is announced. */
function begin(port: number, headers: Record<string, number> = {}): Sending {
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', agent: false, headers })
  request.flushHeaders()
  const answer = new Promise<unknown>((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => {
        text += piece.toString()
      })
      response.on('end', () => resolve(JSON.parse(text)))
    })
  })
  answer.catch(() => undefined)
  return {
    write: (bytes) => void request.write(Buffer.alloc(bytes)),
    end: () => void request.end(),
    destroy: () => void request.destroy(),
    answer,
  }
}

describe('BodyRoom', () => {
  it.each([
    ['sent', 96],
    ['open', 64],
    ['smallRecords', 64],
    ['records', 64],
  ] as const)('%s may take %i MB at once and not a byte more (DEC-08)', (stage, megabytes) => {
    const budget = new BodyRoom()[stage]
    expect([budget.take(1), budget.take(megabytes * 1_048_576)]).toEqual([true, false])
    expect([budget.take(megabytes * 1_048_576 - 1), budget.take(1)]).toEqual([true, false])
  })
})

describe('readBody', () => {
  const ALL = 96 * 1_048_576
  /** Bytes that are taken. */
  function taken({ sent }: BodyRoom): number {
    let [low, high] = [0, ALL]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (sent.take(middle)) {
        sent.give(middle)
        low = middle
      } else high = middle - 1
    }
    return ALL - low
  }

  it('charges what comes, and not what is announced (DEC-08)', async () => {
    const { port, room } = await listen()
    const sendings = Array.from({ length: 12 }, () => begin(port, { 'content-length': 31_000_000 }))
    for (const sending of sendings) sending.write(5)
    await expect.poll(() => taken(room)).toBe(60)
    const other = begin(port)
    other.write(10)
    other.end()
    expect(await other.answer).toEqual({ bytes: 10 })
    for (const sending of sendings) sending.destroy()
    await expect.poll(() => taken(room)).toBe(10)
  })

  it('tells a body to come again that grows beyond what is left (DEC-08)', async () => {
    const { port, room } = await listen()
    room.sent.take(ALL - 1_000)
    const first = begin(port)
    first.write(600)
    await expect.poll(() => taken(room)).toBe(ALL - 400)
    const second = begin(port)
    second.write(401)
    second.end()
    expect(await second.answer).toEqual({ error: 'too_busy' })
    first.write(400)
    first.end()
    expect(await first.answer).toEqual({ bytes: 1_000 })
  })

  it('gives back what a client has sent that goes away (DEC-08)', async () => {
    const { port, room } = await listen()
    const gone = begin(port)
    gone.write(900)
    await expect.poll(() => taken(room)).toBe(900)
    gone.destroy()
    await expect.poll(() => taken(room)).toBe(0)
  })
})
