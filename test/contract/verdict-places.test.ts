import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importJson, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * A verdict is where its reader looks: with the project whose token the record has, with the users that the record
 * names, with the outcome that it had.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const read = async (path: string) => (await server.send({ url: `/_twin/projects/${path}` })).json()

async function codesOf(token: string, query = ''): Promise<readonly string[]> {
  const { verdicts } = await read(`${encodeURIComponent(token)}/verdicts?${query}`)
  return verdicts.map((own: { code: string }) => own.code)
}

describe('the project', () => {
  it.each([
    [{ event: '$merge', properties: { $distinct_ids: ['a', 'b'] } }, ['identity.merge_not_on_track']],
    [{ event: 'E', properties: { time: 'soon' } }, ['record.invalid']],
    [{ event: '', properties: {} }, ['record.invalid']],
    [{ event: '$identify', properties: {} }, ['record.invalid']],
  ])(
    'of a refused record is that of its token: %j (VRD-01, TRK-38)',
    async ({ event, properties }, codes) => {
      const { token } = await server.createProject()
      await server.send(trackJson([{ event, properties: { token, ...properties } }]))
      expect(await codesOf(token, 'outcome=rejected')).toEqual(codes)
    },
  )

  it('of a record that a batch left out is that of its token (VRD-01, TRK-19)', async () => {
    const { token } = await server.createProject()
    await server.send(
      trackJson([
        { event: 'E', properties: { token, distinct_id: 'u' } },
        { event: 'E', properties: { token, time: 'soon' } },
      ]),
    )
    expect(await codesOf(token)).toEqual(['record.invalid', 'batch.partial'])
  })

  it('of a refused profile update is that of its token (VRD-01, ENG-03)', async () => {
    const { token } = await server.createProject()
    const headers = { 'content-type': 'application/json' }
    const payload = JSON.stringify([{ $token: token, distinct_id: 'u', $set: { a: 1 } }])
    await server.send({ method: 'POST', url: '/engage', headers, payload })
    expect(await codesOf(token)).toEqual(['profile.distinct_id_spelling', 'record.invalid'])
  })

  it('an encoded # is part of a token or an id on our own paths (GEN-06)', async () => {
    const mark = `t${NOW_S}`
    for (const token of [mark, `${mark}#b`]) {
      await server.createProject({ token })
      await server.send(trackJson([{ event: 'E', properties: { token, distinct_id: `u#${token}` } }]))
    }
    const other = encodeURIComponent(`${mark}#b`)
    const user = await read(`${other}/users/${encodeURIComponent(`u#${mark}#b`)}`)
    expect(user.distinct_id).toBe(`u#${mark}#b`)
    await server.send({ method: 'DELETE', url: `/_twin/projects/${other}` })
    expect((await read(mark)).token).toBe(mark)
    expect((await server.send({ url: `/_twin/projects/${other}` })).statusCode).toBe(404)
  })
})

describe('the outcome', () => {
  it('of a request that was refused is rejected (VRD-01, IMP-33)', async () => {
    const { token } = await server.createProject()
    await server.send(importJson(token, []))
    expect(await codesOf(token, 'outcome=rejected')).toEqual(['payload.undecodable'])
  })

  it.each([
    ['/track', '', 'A body of 10485761 bytes exceeds 10485760 bytes; no record of the request was stored.'],
    ['/import', '', 'A body of 10485761 bytes exceeds 10485760 bytes; no record of the request was stored.'],
    [
      '/engage',
      'gzip',
      'The whole body, inflated, exceeds 10485760 bytes; no record of the request was stored.',
    ],
    [
      '/groups',
      'form',
      'A payload of 10485761 bytes exceeds 10485760 bytes; no record of the request was stored.',
    ],
  ])('of a request that is too large is rejected: %s %s (TRK-25, IMP-28)', async (url, way, message) => {
    const large = `["${'x'.repeat(10_485_757)}"]`
    const isForm = way === 'form'
    const answer = await server.send({
      method: 'POST',
      url: `${url}?explain=1`,
      headers: {
        'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        'content-encoding': way === 'gzip' ? 'gzip' : '',
      },
      payload: way === 'gzip' ? gzipSync(large) : isForm ? `data=${large}` : large,
    })
    expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([
      413,
      '1; limit.request_too_large',
    ])
    expect(answer.json().verdicts).toMatchObject([{ outcome: 'rejected', record_index: null, message }])
  })

  it('of every record of a batch that was refused whole is rejected (IDS-22)', async () => {
    const { token } = await server.createProject()
    const records = ['E', '$identify'].map((event, at) => ({
      event,
      properties: { time: NOW_S, $insert_id: `i-${at}`, distinct_id: 'u' },
    }))
    await server.send(importJson(token, records))
    const { verdicts } = await read(`${token}/verdicts?distinct_id=u&outcome=rejected`)
    expect(verdicts.map((own: { record: { event: string } }) => own.record.event)).toEqual(['E', '$identify'])
  })

  it.each([
    ['$identify', 'identity.identify_noop'],
    ['$create_alias', 'identity.alias_noop_simplified'],
    ['$merge', 'identity.merge_not_on_track'],
  ])('%s in an import that is not strict is told as what it is (IDS-22)', async (event, code) => {
    const { token } = await server.createProject()
    const properties = { time: NOW_S, distinct_id: 'u', alias: 'k', $distinct_ids: ['a', 'b'] }
    await server.send(importJson(token, [{ event, properties }], '?strict=0'))
    expect(await codesOf(token)).toEqual([code])
  })
})

describe('the user', () => {
  it('of a refused alias is whoever it names (IDL-03)', async () => {
    const { token } = await server.createProject({ id_management: 'legacy' })
    for (const distinct_id of ['U1', 'U2']) {
      const properties = { token, distinct_id, alias: 'k' }
      await server.send(trackJson([{ event: '$create_alias', properties }]))
    }
    for (const id of ['k', 'U1', 'U2']) {
      const { refused } = await read(`${token}/users/${id}`)
      expect(refused.map((own: { code: string }) => own.code)).toEqual(['identity.alias_ignored_legacy'])
      expect(await codesOf(token, `distinct_id=${id}`)).toEqual(['identity.alias_ignored_legacy'])
    }
  })

  it('on Legacy has what came under an alias before apart (IDL-02)', async () => {
    const { token } = await server.createProject({ id_management: 'legacy' })
    await server.send(trackJson([{ event: 'E', properties: { token, distinct_id: 'sally' } }]))
    const properties = { token, distinct_id: '12345', alias: 'sally' }
    await server.send(trackJson([{ event: '$create_alias', properties }]))
    const user = await read(`${token}/users/sally`)
    expect([user.distinct_id, user.separate]).toEqual(['12345', [{ id: 'sally', events: 1 }]])
  })

  it('of an identify() without an id waits for nothing (IDS-24)', async () => {
    const { token } = await server.createProject({ settings: { identify_event_delay_s: 0 } })
    const properties = { token, distinct_id: '$device:D', $anon_distinct_id: '$device:D', $device_id: 'D' }
    await server.send(trackJson([{ event: '$identify', properties }]))
    expect(await codesOf(token)).toEqual(['identity.identify_noop'])
  })

  it('of an identify() by the documented names waits for the device (IDS-24)', async () => {
    const { token } = await server.createProject({ settings: { identify_event_delay_s: 0 } })
    const properties = { token, $anon_id: '$device:D', $identified_id: 'U' }
    await server.send(trackJson([{ event: '$identify', properties }]))
    expect(await codesOf(token)).toEqual(['identity.identify_noop', 'identity.no_event_after_identify'])
  })
})

it.each(['verdicts?code=toString', 'verdicts?code=__proto__', 'users?after=%25%25', 'users?limit=0'])(
  '%s is refused, and why (QRY-21)',
  async (path) => {
    const { token } = await server.createProject()
    const answer = await server.send({ url: `/_twin/projects/${token}/${path}` })
    expect([answer.statusCode, answer.json().title]).toEqual([400, 'Bad Request'])
  },
)
