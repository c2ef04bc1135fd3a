import fc from 'fast-check'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { request } from './requests.ts'
import { exportAll, type FuzzServer, GOOD, memoryMb, SEED, startFuzzServer } from './server.ts'

/** How long requests are made up, in ms. */
const TIME_LIMIT_MS = 10_000
/** How much more memory the process may hold afterwards, in MB: of its heap, and of all it has. */
const MAX_USED_GROWTH = 100
const MAX_RSS_GROWTH = 400
/** Good events stored before memory is measured first. */
const WARM_UPS = 20
/** Events stored of each request, at least: runs gave 0.12, and requests that never get far would give none. */
const MIN_STORED = 0.03

/** DEC-08: beside success a client hears of a wrong method, of too much, and of too often. */
const OK_ON_TRACK = [200, 204, 302, 405, 413, 429]
const OK_ON_IMPORT = [200, 400, 401, 405, 413, 429]

/** A call of what can only be a name, or of the one function that does nothing (TRK-12). */
const SAFE_CALL =
  /^(?:[\w$]+(?:[.\w$]|\[(?:\d+|'[\w$]+'|"[\w$]+")\])*|\(function\(\)\{\}\))\((?:[01]|\{"error":.*,"status":[01]\})\);$/

let server: FuzzServer
beforeAll(async () => {
  server = await startFuzzServer()
})
afterAll(() => server.close())

const isImport = (sent: InjectOptions) => String(sent.url).includes('/import')

/** What is wrong with an answer; empty where nothing is. */
function faultsOf(sent: InjectOptions, answer: LightMyRequestResponse): readonly string[] {
  const faults: string[] = []
  const allowed = isImport(sent) ? OK_ON_IMPORT : OK_ON_TRACK
  if (!allowed.includes(answer.statusCode)) faults.push(`status ${answer.statusCode}`)
  const type = String(answer.headers['content-type'] ?? '')
  if (type === 'text/plain' && answer.statusCode === 200 && !/^[01]$/.test(answer.body))
    faults.push(answer.body)
  if (type === 'application/json' && sent.method !== 'HEAD' && !isJson(answer.body)) faults.push('no JSON')
  if (type === 'text/javascript' && !SAFE_CALL.test(answer.body)) faults.push(`a script: ${answer.body}`)
  return faults
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('any request of an ingestion route', () => {
  it('is answered without a 5xx, a stack in the log or memory that stays (DEC-07, DEC-08)', {
    timeout: 60_000,
  }, async () => {
    for (let n = 0; n < WARM_UPS; n++) await server.roundTrip()
    const before = memoryMb()
    let count = 0
    const property = fc.asyncProperty(request(server.token), async (sent) => {
      count++
      const complaints = server.complaints().length
      expect(faultsOf(sent, await server.inject(sent))).toEqual([])
      expect(server.complaints().slice(complaints)).toEqual([])
    })
    await fc.assert(property, {
      seed: SEED,
      numRuns: 20_000,
      interruptAfterTimeLimit: TIME_LIMIT_MS,
      endOnFailure: false,
    })
    const after = memoryMb()
    const stored = (await exportAll(server)).length - WARM_UPS
    process.stdout.write(
      `fuzz: ${count} requests, ${stored} events stored, seed ${SEED}, heap ${(after.used - before.used).toFixed(0)} MB more, ` +
        `process ${(after.rss - before.rss).toFixed(0)} MB more\n`,
    )
    expect(after.used - before.used).toBeLessThan(MAX_USED_GROWTH)
    expect(after.rss - before.rss).toBeLessThan(MAX_RSS_GROWTH)
    expect(stored).toBeGreaterThan(count * MIN_STORED)
    expect(await server.roundTrip()).toMatchObject(GOOD)
    expect(server.complaints()).toEqual([])
  })
})
