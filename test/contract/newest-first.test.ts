import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importJson, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * What somebody who looks wants first: the newest events and verdicts (VRD-03), and how often each kind of verdict
 * was given.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

async function read(path: string) {
  const answer = await server.send({ url: `/_twin/projects/${path}` })
  expect(answer.statusCode).toBe(200)
  return answer.json()
}

/** Every page of a list, by its cursors. */
async function pages(path: string, list: string): Promise<readonly Record<string, unknown>[][]> {
  const found: Record<string, unknown>[][] = []
  let after = ''
  do {
    const page = await read(`${path}${after}`)
    found.push(page[list])
    after = page.next === null ? '' : `&after=${page.next}`
  } while (after !== '')
  return found
}

async function projectWithEvents(count: number): Promise<string> {
  const { token } = await server.createProject()
  const events = Array.from({ length: count }, (_, n) => {
    // Two at a time, so that arrival decides between equals.
    const time = NOW_S - 600 + Math.floor(n / 2)
    return { event: `E${n}`, properties: { time, distinct_id: 'u', $insert_id: `id${n}` } }
  })
  expect((await server.send(importJson(token, events))).statusCode).toBe(200)
  return token
}

describe('order=newest', () => {
  it('gives events from the newest to the oldest, page by page, none left out and none twice', async () => {
    const token = await projectWithEvents(7)
    const names = (await pages(`${token}/events?order=newest&limit=3`, 'events')).map((page) =>
      page.map((own) => own['event']),
    )
    expect(names).toEqual([['E6', 'E5', 'E4'], ['E3', 'E2', 'E1'], ['E0']])
    const oldestFirst = await pages(`${token}/events?order=oldest&limit=1000`, 'events')
    expect(oldestFirst.flat().map((own) => own['event'])).toEqual(names.flat().reverse())
  })

  it('gives verdicts from the newest to the oldest, page by page', async () => {
    const { token } = await server.createProject()
    const records = Array.from({ length: 5 }, (_, n) => ({ event: `E${n}`, properties: { token } }))
    await server.send(trackJson(records))
    const found = await pages(`${token}/verdicts?order=newest&limit=2&code=identity.no_id`, 'verdicts')
    expect(found.map((page) => page.map((own) => own['record_index']))).toEqual([[4, 3], [2, 1], [0]])
  })

  it.each(['events', 'verdicts'])('is refused for %s where it is another word', async (list) => {
    const { token } = await server.createProject()
    const answer = await server.send({ url: `/_twin/projects/${token}/${list}?order=up` })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ detail: 'order must be oldest or newest.' })
  })
})

describe('verdicts/counts', () => {
  it('counts each code, errors first, the most frequent before the others, with the newest of each (VRD-03)', async () => {
    const { token } = await server.createProject()
    const other = await server.createProject()
    const alias = { event: '$create_alias', properties: { token, distinct_id: 'a', alias: 'b' } }
    const old = { event: 'Old', properties: { token, distinct_id: 'u', time: NOW_S - 6 * 86_400 } }
    const nobody = (event: string) => ({ event, properties: { token } })
    await server.send(trackJson([nobody('E1'), old, nobody('E2'), alias, nobody('E3'), old]))
    await server.send(trackJson([{ event: 'E', properties: { token: other.token } }]))
    const { codes } = await read(`${token}/verdicts/counts`)
    const shown = codes.map(
      (own: { count: number; newest: { code: string; record: { event: string } } }) =>
        [own.newest.code, own.count, own.newest.record.event] as const,
    )
    expect(shown).toEqual([
      ['time.too_old_for_track', 2, 'Old'],
      ['identity.alias_noop_simplified', 1, '$create_alias'],
      ['identity.no_id', 3, 'E3'],
    ])
    expect(codes[0].newest).toMatchObject({
      outcome: 'dropped',
      severity: 'error',
      rule: 'TRK-28',
      record_index: 5,
    })
  })

  it.each<[string, readonly string[]]>([
    ['severity=error', ['time.too_old_for_track']],
    ['severity=error,warning', ['time.too_old_for_track', 'identity.no_id']],
    ['severity=warning&outcome=stored,changed', ['identity.no_id']],
    ['outcome=rejected', []],
    ['distinct_id=u', ['time.too_old_for_track']],
    ['code=identity.identify_noop', ['identity.identify_noop']],
    [`received_after=${NOW_S * 1_000 + 60_000}`, []],
  ])('counts only what is asked for: %s', async (query, expected) => {
    const { token } = await server.createProject()
    const old = { event: 'Old', properties: { token, distinct_id: 'u', time: NOW_S - 6 * 86_400 } }
    const identify = { event: '$identify', properties: { token, $anon_id: '$device:d', $identified_id: 'v' } }
    await server.send(trackJson([{ event: 'E', properties: { token } }, old, identify]))
    const { codes } = await read(`${token}/verdicts/counts?${query}`)
    expect(codes.map(({ newest }: { newest: { code: string } }) => newest.code)).toEqual(expected)
  })

  it('counts a code apart for each of its severities (VRD-03)', async () => {
    const { token } = await server.createProject()
    const under = (id: string) => ({ event: 'E', properties: { token, distinct_id: id, $device_id: id } })
    const uuid = '3b241101-e2bb-4255-8caf-4136c566a962'
    await server.send(trackJson([under('charlie'), under(uuid), under('taylor')]))
    const { codes } = await read(`${token}/verdicts/counts?code=identity.user_id_in_device_id`)
    const shown = codes.map(({ count, newest }: { count: number; newest: { severity: string } }) => [
      newest.severity,
      count,
    ])
    expect(shown).toEqual([
      ['warning', 2],
      ['info', 1],
    ])
  })

  it('counts nothing where nothing was told', async () => {
    const { token } = await server.createProject()
    expect(await read(`${token}/verdicts/counts`)).toEqual({ codes: [] })
  })
})
