import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FuzzServer, memoryMb, startFuzzServer } from './server.ts'

let server: FuzzServer
beforeAll(async () => {
  server = await startFuzzServer()
})
afterAll(() => server.close())

const json = { 'content-type': 'application/json' }

async function track(properties: string, event = 'E'): Promise<void> {
  const ids = `"token":"${server.token}","$device_id":"D"`
  const body = `[{"event":${JSON.stringify(event)},"properties":{${ids},${properties}}}]`
  const answer = await fetch(`${server.url}/track`, { method: 'POST', headers: json, body })
  expect(await answer.text()).toBe('1')
}

/** How many MB stay in use after a piece of work, beside what the first run of it left. */
async function growth(work: (round: number) => Promise<void>): Promise<number> {
  await work(0)
  const before = memoryMb().used
  await work(1)
  return memoryMb().used - before
}

describe('memory', () => {
  it.each<[string, (n: string) => Promise<void>]>([
    ['property names of half a megabyte', (n) => track(`"${n}${'x'.repeat(500_000)}":1`)],
    ['event names of half a megabyte', (n) => track('"p":1', `${n}${'x'.repeat(500_000)}`)],
    ['texts of half a megabyte', (n) => track(`"p":"${n}${'x'.repeat(500_000)}"`)],
    ['tokens of half a megabyte', (n) => track(`"token":"${n}${'x'.repeat(500_000)}"`)],
  ])('does not fill with %s (DEC-07)', async (_name, send) => {
    const grown = await growth(async (round) => {
      for (let n = 0; n < 40; n++) await send(`${round}-${n}-`)
    })
    expect(grown).toBeLessThan(20)
  })

  // Postgres writes 1e308 with all its digits: a hundred kilobytes on the way in are four megabytes on the way out.
  it('an export is streamed, however long its events have become (QRY-02)', { timeout: 60_000 }, async () => {
    const count = 80
    const list = `[${Array.from({ length: 250 }, () => '1e308').join(',')}]`
    const properties = Array.from({ length: 25 }, (_, n) => `"p${n}":[${list},${list}]`).join(',')
    for (let n = 0; n < count; n++) await track(properties, 'long')
    const today = new Date().toISOString().slice(0, 10)
    const authorization = `Basic ${Buffer.from(`${server.secret}:`).toString('base64')}`
    const query = `from_date=${today}&to_date=${today}&event=["long"]`
    const before = memoryMb().rss
    const answer = await fetch(`${server.url}/api/2.0/export?${query}`, { headers: { authorization } })
    expect(answer.status).toBe(200)
    const seen = { lines: 0, rss: 0 }
    for await (const chunk of answer.body ?? []) {
      seen.lines += Buffer.from(chunk).toString('latin1').split('\n').length - 1
      seen.rss = Math.max(seen.rss, process.memoryUsage().rss / 1e6)
    }
    expect(seen.lines).toBe(count)
    expect(seen.rss - before).toBeLessThan(300)
    expect(server.complaints()).toEqual([])
  })

  it('a lookup table of 1,000,000 rows is written as it comes (LKP-02)', { timeout: 300_000 }, async () => {
    const rows = 1_000_000
    const tables = `${server.url}/_twin/projects/${server.projectId}/lookup-tables`
    await fetch(tables, { method: 'POST', headers: json, body: '{"name":"T","id":"t"}' })
    const before = memoryMb().used
    const seen = { bytes: 0, used: 0 }
    const encoder = new TextEncoder()
    async function* csv() {
      yield encoder.encode('id,name,amount,tags\n')
      for (let at = 0; at < rows; at += 1_000) {
        if (at % 50_000 === 0) seen.used = Math.max(seen.used, memoryMb().used)
        const lines = Array.from({ length: 1_000 }, (_, n) => lineOf(at + n))
        const chunk = encoder.encode(lines.join(''))
        seen.bytes += chunk.length
        yield chunk
      }
    }
    // Not by fetch, which keeps all that it sends.
    const sending = request(`${server.url}/lookup-tables/t?project_id=${server.projectId}`, {
      method: 'PUT',
      auth: `${server.secret}:`,
    })
    const answered = once(sending, 'response')
    await pipeline(csv(), sending)
    const [answer] = await answered
    expect(JSON.parse(await text(answer))).toEqual({ code: 200, status: 'OK' })
    const shown = await fetch(`${tables}/t?limit=1`)
    expect(await shown.json()).toMatchObject({ row_count: rows, rows: [{ id: 'key-0' }] })
    expect(seen.bytes).toBeGreaterThan(60e6)
    expect(seen.used - before).toBeLessThan(20)
    expect(server.complaints()).toEqual([])
  })
})

function lineOf(at: number): string {
  return `key-${at},"Account, number ${at}",${at * 1.5},"[""a"",""b"",""c""]"\n`
}
