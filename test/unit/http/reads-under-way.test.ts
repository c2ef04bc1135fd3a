import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { describe, expect, it } from 'vitest'
import { ReadsUnderWay } from '../../../src/http/reads-under-way.ts'

/** An answer that is still to be given: all of a reply that is looked at. */
function anAnswer() {
  const raw = new ServerResponse(new IncomingMessage(new Socket()))
  return { reply: { raw } as unknown as FastifyReply, end: () => raw.emit('close') }
}

/** Begins reads until one is refused. Out: the answers that are under way. */
async function fill(reads: ReadsUnderWay, kind: 'query' | 'export', publicId: number, limit: number | null) {
  const answers: ReturnType<typeof anAnswer>[] = []
  for (;;) {
    const answer = anAnswer()
    if (!(await reads.take(kind, publicId, limit, answer.reply))) return answers
    answers.push(answer)
  }
}

describe('ReadsUnderWay', () => {
  it('takes a hundred of a project and a kind, and another when one is answered (RTL-02, RTL-03)', async () => {
    const reads = new ReadsUnderWay()
    const [first] = await fill(reads, 'query', 1, null)
    expect(reads.total).toBe(100)
    first?.end()
    expect(await fill(reads, 'query', 1, null)).toHaveLength(1)
    expect(await fill(reads, 'export', 1, null)).toHaveLength(100)
    expect(reads.total).toBe(200)
  })

  it('takes 150 of all projects, and the first of each all the same (RTL-02, RTL-03)', async () => {
    const reads = new ReadsUnderWay()
    const [first] = await fill(reads, 'export', 1, null)
    expect(await fill(reads, 'export', 2, null)).toHaveLength(50)
    expect(await fill(reads, 'export', 3, null)).toHaveLength(1)
    expect(await fill(reads, 'export', 4, null)).toHaveLength(1)
    first?.end()
    expect(await fill(reads, 'export', 3, null)).toHaveLength(0)
    expect(await fill(reads, 'query', 3, null)).toHaveLength(100)
  })

  it('what a project has set holds for it (RTL-02, RTL-03)', async () => {
    const reads = new ReadsUnderWay()
    await fill(reads, 'query', 1, null)
    await fill(reads, 'query', 2, null)
    expect(await fill(reads, 'query', 3, 5)).toHaveLength(5)
    expect(await fill(reads, 'query', 4, 120)).toHaveLength(120)
    expect(await fill(reads, 'query', 5, 0)).toHaveLength(0)
  })

  it('counts nobody who has gone (RTL-02, RTL-03)', async () => {
    const reads = new ReadsUnderWay()
    const { reply } = anAnswer()
    reply.raw.destroy()
    expect(await reads.take('query', 1, 0, reply)).toBe(true)
    expect(reads.total).toBe(0)
  })
})
