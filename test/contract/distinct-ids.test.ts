import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * Which distinct_id an event gets (IDS-01, IDS-11 to IDS-17, PRP-03), as a reader sees it. Who wrongly gets
 * another is the first thing that people complain about.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

async function track(ids: object, project: object = {}) {
  const { token } = await server.createProject(project)
  const answer = await server.send(trackJson([{ event: 'E', properties: { token, ...ids } }]))
  expect(answer.body).toBe('1')
  const [event] = await server.readEvents(token)
  const { $user_id, $device_id } = event?.properties ?? {}
  const verdict = String(answer.headers['twinpanel-verdict'] ?? '').split('; ')[1]
  return { distinct_id: event?.distinct_id, $user_id, $device_id, verdict }
}

const A1 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const none = undefined

describe('simplified projects', () => {
  it.each([
    ['IDS-01 row 1', { $device_id: 'D1' }, '$device:D1', none, 'D1', none],
    ['IDS-01 row 1', { $device_id: 'D1', distinct_id: '$device:D1' }, '$device:D1', none, 'D1', none],
    ['IDS-01 row 2', { $user_id: 'U1' }, 'U1', 'U1', none, none],
    ['IDS-01 row 3', { $user_id: 'U1', $device_id: 'D1', distinct_id: 'U1' }, 'U1', 'U1', 'D1', none],
    [
      'IDS-01 row 4, IDS-11',
      { distinct_id: '$device:anonymous111' },
      '$device:anonymous111',
      none,
      'anonymous111',
      none,
    ],
    ['IDS-01 row 5', { distinct_id: 'charlie' }, 'charlie', 'charlie', none, none],
    ['IDS-01 row 6', {}, '', none, none, 'identity.no_id'],
    ['IDS-01 row 6', { distinct_id: '' }, '', none, none, none],
    ['IDS-12', { distinct_id: A1 }, A1, A1, none, none],
    ['IDS-12', { distinct_id: A1, mp_lib: 'web' }, A1, A1, none, 'identity.unprefixed_anonymous'],
    [
      'IDS-13',
      { distinct_id: 'charlie', $device_id: 'charlie' },
      '$device:charlie',
      none,
      'charlie',
      'identity.user_id_in_device_id',
    ],
    ['IDS-13', { distinct_id: 'x', $user_id: 'U1' }, 'U1', 'U1', none, 'identity.distinct_id_overridden'],
    [
      'IDS-13',
      { distinct_id: 'charlie', $device_id: 'D1' },
      '$device:D1',
      none,
      'D1',
      'identity.distinct_id_overridden',
    ],
    ['IDS-14', { $device_id: '$device:D1' }, '$device:D1', none, 'D1', 'identity.double_device_prefix'],
    [
      'IDS-14',
      { $device_id: '$device:$device:D1' },
      '$device:$device:D1',
      none,
      '$device:D1',
      'identity.double_device_prefix',
    ],
    ['IDS-15', { $user_id: '$device:D1' }, '$device:D1', none, 'D1', 'identity.device_prefix_in_user_id'],
    [
      'IDS-15',
      { $user_id: '$device:X', $device_id: 'D1' },
      '$device:D1',
      none,
      'D1',
      'identity.device_prefix_in_user_id',
    ],
    ['IDS-16', { $user_id: null, $device_id: 'D1' }, '$device:D1', none, 'D1', none],
    ['IDS-16', { $user_id: '', $device_id: {}, distinct_id: 'c' }, 'c', 'c', none, 'identity.id_not_text'],
    [
      'IDS-16',
      { $user_id: { id: 'U1' }, $device_id: 'D1' },
      '$device:D1',
      none,
      'D1',
      'identity.id_not_text',
    ],
    ['IDS-16', { distinct_id: 13793 }, '13793', '13793', none, none],
    ['IDS-16', { $user_id: 42, $device_id: true }, '42', '42', 'true', 'identity.disallowed_id'],
    ['IDS-17', { $user_id: 'knock', $device_id: 'knock' }, 'knock', 'knock', 'knock', none],
    ['IDS-36', { distinct_id: '', $device_id: 'a', $user_id: 'b' }, 'b', 'b', 'a', none],
    ['IDS-36', { distinct_id: '$device:a', $device_id: 'a' }, '$device:a', none, 'a', none],
    ['PRP-03', { $distinct_id: 'z' }, 'z', 'z', none, none],
    ['PRP-03', { distinct_id: 'y', $distinct_id: 'z' }, 'y', 'y', none, none],
    ['GEN-03', { distinct_id: 'Charlie' }, 'Charlie', 'Charlie', none, none],
  ])('%s: %j is %s', async (_rule, ids, distinct_id, $user_id, $device_id, verdict) => {
    expect(await track(ids)).toEqual({ distinct_id, $user_id, $device_id, verdict })
  })
})

describe.each(['original', 'legacy'])('%s projects', (id_management) => {
  it.each([
    [{ distinct_id: 'U1', $device_id: A1, $user_id: 'U1' }, 'U1', 'U1', A1],
    [{ distinct_id: '$device:x' }, '$device:x', none, none],
    [{ distinct_id: A1 }, A1, none, none],
    [{ $device_id: 'D1' }, '', none, 'D1'],
  ])(
    '%j is %s, whatever simplified projects make of it (IDS-01)',
    async (ids, distinct_id, $user_id, $device_id) => {
      const seen = await track(ids, { id_management })
      expect([seen.distinct_id, seen.$user_id, seen.$device_id]).toEqual([distinct_id, $user_id, $device_id])
    },
  )

  it('an event with a device alone is told to lack a distinct_id, and nothing that it has (TRK-33)', async () => {
    const { token } = await server.createProject({ id_management })
    await server.send(trackJson([{ event: 'E', properties: { token, $device_id: 'D1', $insert_id: 'i' } }]))
    const { verdicts } = (await server.send({ url: `/_twin/projects/${token}/verdicts` })).json()
    expect(verdicts).toMatchObject([
      {
        code: 'identity.no_id',
        message: 'The event has no distinct_id: it counts for no user, funnel or retention report.',
      },
    ])
  })
})
