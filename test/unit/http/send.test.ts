import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { jsonReply, type ReplyPlan, textReply } from '../../../src/core/respond/plan.ts'
import { finding } from '../../../src/core/verdict/finding.ts'
import { sendIngested } from '../../../src/http/send.ts'
import type { RecordFinding } from '../../../src/ingest/request.ts'

async function answerTo(plan: ReplyPlan, findings: readonly RecordFinding[]) {
  const app = Fastify()
  app.get('/', (_request, reply) => sendIngested(reply, { reply: plan, findings }, false))
  const answer = await app.inject('/')
  await app.close()
  return answer
}

const noIds = (count: number): readonly RecordFinding[] =>
  Array.from({ length: count }, (_, index) => ({
    index,
    finding: finding('identity.no_id', { ids: 'distinct_id' }),
    outcomeKind: 'stored',
  }))

describe('sendIngested', () => {
  it.each<[ReplyPlan, string]>([
    [textReply(200, '1'), '31'],
    [jsonReply(200, { error: null, status: 1 }), Buffer.from('{"error":null,"status":1}').toString('hex')],
    [{ status: 200, contentType: 'image/gif', body: Uint8Array.of(0, 255, 10) }, '00ff0a'],
    [{ status: 302, contentType: 'text/plain', body: '', headers: { location: 'https://a.test/' } }, ''],
  ])('sends a plan byte for byte, with its type as it is: %j (TRK-08)', async (plan, bytes) => {
    const answer = await answerTo(plan, [])
    expect(answer.statusCode).toBe(plan.status)
    expect(answer.headers['content-type']).toBe(plan.contentType)
    expect(answer.headers).toMatchObject(plan.headers ?? {})
    expect(answer.rawPayload.toString('hex')).toBe(bytes)
  })

  it.each<[string, readonly RecordFinding[], string | undefined]>([
    ['nothing', [], undefined],
    ['one note', noIds(1), '1; identity.no_id'],
    ['several of a kind', noIds(3), '3; identity.no_id'],
    [
      'several kinds, in their order',
      [{ index: undefined, finding: finding('track.strict_ignored'), outcomeKind: 'stored' }, ...noIds(1)],
      '2; track.strict_ignored,identity.no_id',
    ],
  ])('the header tells of %s (VRD-04)', async (_name, findings, header) => {
    expect((await answerTo(textReply(200, '1'), findings)).headers['twinpanel-verdict']).toBe(header)
  })

  it('the header names eight kinds at most, and counts all (VRD-04)', async () => {
    const codes = [
      'identity.no_id',
      'event.ignored',
      'value.truncated',
      'value.reserved_bucket',
      'value.not_storable',
      'value.repaired',
      'dedup.no_insert_id',
      'import.strict_off',
      'track.strict_ignored',
    ] as const
    const findings = codes.map((code, index) => ({
      index,
      finding: { code, values: {} },
      outcomeKind: 'stored' as const,
    }))
    const { headers } = await answerTo(textReply(200, '1'), findings)
    expect(headers['twinpanel-verdict']).toBe(`9; ${codes.slice(0, 8).join(',')}`)
  })

  it('what we have to say stays out of the body (GEN-04)', async () => {
    const findings = [
      {
        index: 0,
        finding: finding('token.unknown', { token: 'a "token"\r\n', hint: '' }),
        outcomeKind: 'dropped' as const,
      },
    ]
    const answer = await answerTo(textReply(200, '1'), findings)
    expect(answer.body).toBe('1')
    expect(answer.headers['twinpanel-verdict']).toBe('1; token.unknown')
  })
})
