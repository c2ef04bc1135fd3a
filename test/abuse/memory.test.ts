import { gzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { type AttackedServer, MAX_WAIT_MS, startAttackedServer } from './attacked-server.ts'

/* Many requests at once that become far larger than they are: they wait for room, and the process does not grow. */

let server: AttackedServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

/** What the process may hold, in MB. */
const MAX_MB = 600
const MB = 1_048_576
const filling = (bytes: number, text: string) => text.repeat(Math.floor(bytes / text.length))
const record = (properties: string) => `{"event":"E","properties":{"token":"T",${properties}}}`
/** Within every limit of a request, and as many objects as there may be. */
const objects = gzipSync(`[${filling(5.5 * MB, `${record(`"p":[${'{},'.repeat(1_000)}1]`)},`)}1]`)
const tooMany = gzipSync(`[${'{"a":[]},'.repeat(1_000_000)}1]`)
const form = gzipSync(`data=${filling(29 * MB, '%41')}`)

const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'

/** Sends so many requests at once. Out: how often each status was answered. */
async function send(
  url: string,
  count: number,
  body: Uint8Array,
  type: string,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  const one = async () => {
    const headers = { 'content-type': type, 'content-encoding': 'gzip' }
    const answer = await fetch(`${url}/track`, { method: 'POST', headers, body })
    await answer.text()
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
  }
  await Promise.all(Array.from({ length: count }, one))
  return statuses
}

it.each([
  ['the default heap', []],
  ['a heap of 512 MB', ['--max-old-space-size=512']],
])(
  'with %s, a hundred requests at once that inflate stay within 600 MB (DEC-07)',
  { timeout: 120_000 },
  async (_heap, flags) => {
    const own = await startAttackedServer({}, flags)
    server = own
    const answered: Map<number, number>[] = []
    const wait = await own.longestWait(async () => {
      answered.push(await send(own.url, 100, tooMany, JSON_TYPE))
      answered.push(await send(own.url, 12, objects, JSON_TYPE))
      answered.push(await send(own.url, 12, form, FORM))
    })
    expect(answered).toEqual([new Map([[413, 100]]), new Map([[200, 12]]), new Map([[200, 12]])])
    // Beside so many each of them takes its own millisecond.
    expect(wait.workMs).toBeLessThan(2 * MAX_WAIT_MS)
    expect((await own.peakMb()) ?? 0).toBeLessThan(MAX_MB)
    expect(own.process.child.exitCode).toBeNull()
  },
)
