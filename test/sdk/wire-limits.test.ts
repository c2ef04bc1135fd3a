import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'
import { RawClient, toBytes } from './support/raw-http.ts'
import { base64, basic, FORM, JSON_TYPE } from './support/transcript.ts'

/* What SDKs do to a connection rather than to a payload: large bodies, waiting to be asked, trying at once. */

let server: TestServer
let port: number
beforeAll(async () => {
  server = await startServer()
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  port = (server.app.server.address() as AddressInfo).port
})
afterAll(() => server.close())

async function withClient<T>(use: (client: RawClient) => Promise<T>): Promise<T> {
  const client = new RawClient('127.0.0.1', port)
  try {
    return await use(client)
  } finally {
    client.close()
  }
}

/** Fifty events of 30 KB each, as one form of the PHP SDK: two megabytes. */
function largeForm(token: string): string {
  const list = Array.from({ length: 120 }, (_, n) => `${n}`.padEnd(250, '.'))
  const batch = Array.from({ length: 50 }, (_, n) => ({
    event: 'Large',
    properties: { token, distinct_id: 'u', n, list },
  }))
  return `data=${base64(JSON.stringify(batch))}`
}

it('curl asks before it sends a body of 2 MB, and is told to go on (S13, S14, TRK-25, TRK-42)', async () => {
  const { token } = await server.createProject()
  const body = largeForm(token)
  expect(body.length).toBeGreaterThan(2_000_000)
  const headers = ['Accept: */*', `Content-Length: ${body.length}`, FORM, 'Expect: 100-continue']
  await withClient(async (client) => {
    client.write(toBytes({ line: 'POST /track', headers }, 'localhost'))
    expect((await client.read()).status).toBe(100)
    client.write(body)
    expect(await client.read()).toMatchObject({ status: 200, body: '1' })
  })
  expect(await server.readEvents(token)).toHaveLength(50)
})

it('a body past the limit is answered in JSON, so that the SDK can read the status (S30, TRK-25, FLG-07)', async () => {
  const bytes = 'Content-Type: application/octet-stream'
  for (const [path, type] of [
    ['/record/?format=gzip', bytes],
    ['/track/?ip=1', JSON_TYPE],
  ] as const) {
    const headers = [type, basic('t'), 'Content-Length: 10485761']
    await withClient(async (client) => {
      client.write(toBytes({ line: `POST ${path}`, headers }, 'localhost'))
      client.write(Buffer.alloc(10_485_761))
      const { status, body } = await client.read()
      expect([path, status, JSON.parse(body).code]).toEqual([path, 413, 413])
    })
  }
})

describe('the socket of the PHP SDK, which lives as long as its process (S32)', () => {
  const headers = [FORM, 'Accept: application/json']
  const post = (token: string, n: number, pad = '') => {
    const event = { event: 'Step', properties: { token, distinct_id: 'u', n, pad } }
    return toBytes(
      { line: 'POST /track', headers, body: `data=${base64(JSON.stringify([event]))}` },
      'localhost',
    )
  }

  it('is written to and never read from: all is stored, and it is not closed (TRK-02)', async () => {
    const { token } = await server.createProject()
    // Nobody listens for data, so none is taken from the connection.
    const socket = connect(port, '127.0.0.1')
    const list = 'x'.repeat(250)
    for (let n = 0; n < 400; n += 1) socket.write(post(token, n, list))
    const stored = async () => (await server.readEvents(token)).length
    await expect.poll(stored, { timeout: 10_000 }).toBe(400)
    expect([socket.destroyed, socket.readyState]).toEqual([false, 'open'])
    socket.destroy()
  })

  it('is read from once when it debugs itself: 2048 bytes have the status and all of the body (TRK-08)', async () => {
    const { token } = await server.createProject()
    const socket = connect(port, '127.0.0.1')
    for (const n of [1, 2, 3]) {
      socket.write(post(token, n))
      const [bytes]: Buffer[] = await once(socket, 'data')
      const lines = bytes?.subarray(0, 2_048).toString().split('\n') ?? []
      expect([lines[0]?.split(' ')[1], lines.at(-1)]).toEqual(['200', '1'])
      // Else it would take the connection for closed.
      expect(lines.map((line) => line.trim())).not.toContain('Connection: close')
    }
    socket.destroy()
  })
})

it('ten retries without a pause are all answered, with how long to wait (S33, RTL-08, RTL-09)', async () => {
  const { token } = await server.createProject({ settings: { ingestion_events_per_second: 1 } })
  const event = (n: number) => {
    const properties = { time: 1_615_734_566, distinct_id: 'u', $insert_id: `id-${n}` }
    return { event: 'Paid', properties }
  }
  const headers = [basic(token), JSON_TYPE]
  const body = JSON.stringify([event(1), event(2), event(3)])
  const request = toBytes({ line: 'POST /import?strict=1', headers, body }, 'localhost')
  await withClient(async (client) => {
    client.write(Buffer.concat(Array(10).fill(request)))
    for (let n = 0; n < 10; n += 1) {
      const { status, headers: told, body: text } = await client.read()
      expect([status, JSON.parse(text).code]).toEqual([429, 429])
      expect(Number(told['retry-after'])).toBeGreaterThan(0)
    }
  })
  expect(await server.readEvents(token)).toEqual([])
})
