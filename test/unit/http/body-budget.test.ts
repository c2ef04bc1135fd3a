import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ByteBudget, limitBodies } from '../../../src/http/body-budget.ts'
import { handleError } from '../../../src/http/errors.ts'
import { readRawBody, takeRawBodies } from '../../../src/http/raw-body.ts'

describe('ByteBudget', () => {
  it('DEC-08: gives out no more than its limit, until it is given back', () => {
    const budget = new ByteBudget(100)
    expect([budget.take(60), budget.take(40), budget.take(1)]).toEqual([true, true, false])
    budget.give(40)
    expect([budget.take(41), budget.take(40)]).toEqual([false, true])
  })

  it('DEC-08: serves one taker alone, whatever it takes', () => {
    const budget = new ByteBudget(100)
    expect([budget.take(500), budget.take(1)]).toEqual([true, false])
    budget.give(500)
    expect(budget.take(1)).toBe(true)
  })
})

interface Listening {
  readonly port: number
  /** Requests whose headers have come. */
  readonly requests: () => number
  /** True while so many bytes, out of 1,000, are taken at least. */
  readonly holds: (bytes: number) => boolean
}

/** A server that holds 1,000 bytes of bodies, and answers with how many a request had. */
async function listen(): Promise<Listening> {
  const app = Fastify()
  const budget = new ByteBudget(1_000)
  let requests = 0
  app.addHook('onRequest', (_request, _reply, done) => {
    requests++
    done()
  })
  app.setErrorHandler(handleError)
  takeRawBodies(app)
  limitBodies(app, budget)
  app.post('/', async (request) => {
    const body = await readRawBody(request)
    return { bytes: body.ok ? body.value.bytes?.length : body.error }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  const holds = (bytes: number) => {
    const isFree = budget.take(1_001 - bytes)
    if (isFree) budget.give(1_001 - bytes)
    return !isFree
  }
  return { port: (app.server.address() as AddressInfo).port, requests: () => requests, holds }
}

interface Sending {
  readonly write: (bytes: number | Buffer) => void
  readonly end: () => void
  /** Status, Retry-After and body of the answer. */
  readonly answer: Promise<readonly (string | number | undefined)[]>
}

/** Begins a request whose body has no length. */
function begin(port: number, headers: Record<string, string> = {}): Sending {
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', agent: false, headers })
  const answer = new Promise<readonly (string | number | undefined)[]>((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => {
        text += piece.toString()
      })
      response.on('end', () => resolve([response.statusCode, response.headers['retry-after'], text]))
    })
  })
  return {
    write: (bytes) => void request.write(typeof bytes === 'number' ? Buffer.alloc(bytes) : bytes),
    end: () => void request.end(),
    answer,
  }
}

describe('limitBodies: bodies without a length', () => {
  it('DEC-08: many small ones are under way at once', async () => {
    const { port, requests } = await listen()
    const sendings = Array.from({ length: 100 }, () => begin(port))
    for (const sending of sendings) sending.write(5)
    await expect.poll(requests).toBe(100)
    for (const sending of sendings) sending.end()
    for (const sending of sendings) expect(await sending.answer).toEqual([200, undefined, '{"bytes":5}'])
  })

  it('DEC-08: one that grows beyond what is left is told to come again, until there is room', async () => {
    const { port, holds } = await listen()
    const first = begin(port)
    first.write(600)
    await expect.poll(() => holds(600)).toBe(true)
    const second = begin(port)
    second.write(300)
    await expect.poll(() => holds(900)).toBe(true)
    second.write(101)
    expect(await second.answer).toEqual(BUSY)
    first.end()
    expect(await first.answer).toEqual([200, undefined, '{"bytes":600}'])
    await expect.poll(() => holds(1)).toBe(false)
    const third = begin(port)
    third.write(900)
    third.end()
    expect(await third.answer).toEqual([200, undefined, '{"bytes":900}'])
  })

  it('DEC-08: a compressed one counts as what it may become', async () => {
    const { port, holds } = await listen()
    const first = begin(port)
    first.write(600)
    await expect.poll(() => holds(600)).toBe(true)
    const packed = gzipSync(Buffer.alloc(60_000, 'abcdefgh'))
    expect([packed.length > 50, packed.length < 400]).toEqual([true, true])
    const second = begin(port, { 'content-encoding': 'gzip' })
    second.write(packed)
    second.end()
    expect(await second.answer).toEqual(BUSY)
    first.end()
    await first.answer
  })

  it('DEC-08: what a client that goes away has sent is given back', async () => {
    const { port, holds } = await listen()
    const gone = httpRequest({ port, host: '127.0.0.1', method: 'POST', agent: false })
    gone.on('error', () => {})
    gone.write(Buffer.alloc(900))
    await expect.poll(() => holds(900)).toBe(true)
    gone.destroy()
    await expect.poll(() => holds(1)).toBe(false)
  })
})

const BUSY = [429, '2', expect.stringContaining('Too Many Requests')]
