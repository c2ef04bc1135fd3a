import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importJson, NOW_S, startServer, type TestServer } from '../support/server.ts'

/* GET /_twin/projects/:project/export/…: all records of a project, as JSON lines. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

async function linesOf(path: string): Promise<readonly Record<string, unknown>[]> {
  const answer = await server.send({ url: `/_twin/projects/${path}` })
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson'])
  const { body } = answer
  expect(body === '' || body.endsWith('\n')).toBe(true)
  return body
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

async function projectWithEvents(count: number): Promise<string> {
  const { token } = await server.createProject()
  const events = Array.from({ length: count }, (_, n) => {
    const properties = { time: (NOW_S - n) * 1_000 + 5, distinct_id: 'u', $insert_id: `id${n}`, n }
    return { event: `E${n % 2}`, properties }
  })
  expect((await server.send(importJson(token, events))).statusCode).toBe(200)
  return token
}

describe('the export of events', () => {
  it('has all of them by time, with the time in ms, and duplicates too', async () => {
    const token = await projectWithEvents(3)
    const again = {
      event: 'E0',
      properties: { time: NOW_S, distinct_id: 'u', $insert_id: 'id0', n: 'again' },
    }
    await server.send(importJson(token, [again]))
    const lines = await linesOf(`${token}/export/events`)
    expect(lines.map(({ event, properties }) => [event, (properties as { n: unknown }).n])).toEqual([
      ['E0', 2],
      ['E1', 1],
      ['E0', 'again'],
      ['E0', 0],
    ])
    expect(lines[0]).toMatchObject({
      properties: { time: (NOW_S - 2) * 1_000 + 5, distinct_id: 'u', $insert_id: 'id2' },
    })
  })

  it('takes from, to, event and where, and refuses what it does not understand', async () => {
    const token = await projectWithEvents(6)
    const numbers = async (query: string) =>
      (await linesOf(`${token}/export/events?${query}`)).map(
        ({ properties }) => (properties as { n: number }).n,
      )
    expect(await numbers(`from=${(NOW_S - 2) * 1_000}&to=${(NOW_S - 1) * 1_000 + 5}`)).toEqual([2])
    expect(await numbers('event=E1')).toEqual([5, 3, 1])
    expect(await numbers(`event=E0&where=${encodeURIComponent('properties["n"] > 2')}`)).toEqual([4])
    for (const query of ['from=noon', 'where=nonsense', 'limit=3']) {
      const answer = await server.send({ url: `/_twin/projects/${token}/export/events?${query}` })
      expect([query, answer.statusCode]).toEqual([query, 400])
    }
  })
})

describe('the export of profiles', () => {
  it('has each user once, whatever their number, and follows where', async () => {
    const { token } = await server.createProject()
    const count = 2_300
    for (let from = 0; from < count; from += 1_150) {
      const updates = Array.from({ length: 1_150 }, (_, n) => {
        return { $token: token, $distinct_id: `u${from + n}`, $set: { n: from + n } }
      })
      const answer = await server.send({
        method: 'POST',
        url: '/engage',
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(updates),
      })
      expect(answer.body).toBe('1')
    }
    const lines = await linesOf(`${token}/export/profiles`)
    const ids = lines.map(({ $distinct_id: id }) => String(id))
    expect([ids.length, new Set(ids).size]).toEqual([count, count])
    expect(ids).toEqual(ids.toSorted())
    const where = encodeURIComponent('properties["n"] == 7')
    expect(await linesOf(`${token}/export/profiles?where=${where}`)).toEqual([
      { $distinct_id: 'u7', $properties: expect.objectContaining({ n: 7 }) },
    ])
  })
})
