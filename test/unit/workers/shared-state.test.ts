import { describe, expect, it } from 'vitest'
import { Guesses } from '../../../src/access/guesses.ts'
import { OncePerClient } from '../../../src/http/once-per-client.ts'
import { NameMemory } from '../../../src/ingest/name-memory.ts'
import { Metrics } from '../../../src/metrics/metrics.ts'
import type { Channel } from '../../../src/workers/peer.ts'
import { PrimaryLink } from '../../../src/workers/primary-link.ts'
import { SharedState } from '../../../src/workers/shared-state.ts'

/* What workers have in common, by channels within this process: each message is copied, and arrives later. */

function channels(): readonly [Channel, Channel] {
  const listeners: ((message: unknown) => void)[] = []
  const side = (own: 0 | 1): Channel => ({
    send: (message) => {
      const copy = structuredClone(message)
      setImmediate(() => listeners[1 - own]?.(copy))
    },
    onMessage: (listener) => {
      listeners[own] = listener
    },
  })
  return [side(0), side(1)]
}

function twoWorkers() {
  const state = new SharedState()
  const join = () => {
    const [ofPrimary, ofWorker] = channels()
    const member = state.join(ofPrimary)
    const start = () => Promise.reject(new Error('not in this test'))
    return { member, link: new PrimaryLink(ofWorker, { start, stop: () => undefined }) }
  }
  return { state, workers: [join(), join()] as const }
}

const passed = () => new Promise((done) => setTimeout(done, 50))

describe('two workers', () => {
  it('count concurrent reads together, and those of one that has ended no more (RTL-02)', async () => {
    const { state, workers } = twoWorkers()
    const [a, b] = workers
    expect(await a.link.reads.take('query', 7, 2)).toBe(true)
    expect(await b.link.reads.take('query', 7, 2)).toBe(true)
    expect(await b.link.reads.take('query', 7, 2)).toBe(false)
    b.link.reads.release('query', 7)
    expect(await a.link.reads.count('query', 7)).toBe(1)
    await state.leave(a.member)
    expect(await b.link.reads.count('query', 7)).toBe(0)
    expect(await b.link.reads.take('query', 7, 1)).toBe(true)
  })

  it('both have a fault when the request that sets it is answered', async () => {
    const [a, b] = twoWorkers().workers
    const project = { publicId: 7, token: 't' }
    await a.link.faults.put([{ fault: { status: 503, times: 1 }, project }])
    const call = { method: 'POST', path: '/track' }
    const named = { ids: new Set([7]), tokens: new Set<string>() }
    expect(b.link.faults.isEmpty).toBe(false)
    expect(b.link.faults.asksForProject(call)).toBe(true)
    expect(await b.link.faults.strike(call, { ids: new Set(), tokens: new Set() })).toBeUndefined()
    const struck = [a, b, a, b].map(({ link }) => link.faults.strike(call, named))
    expect((await Promise.all(struck)).filter((fired) => fired !== undefined)).toHaveLength(1)
    await b.link.faults.put([], project)
    expect(a.link.faults.isEmpty).toBe(true)
  })

  it('delay a client that guesses at the one and at the other', async () => {
    const [a, b] = twoWorkers().workers.map(({ link }) => new Guesses(link.broadcast))
    for (let at = 0; at < 11; at++) (at % 2 === 0 ? a : b)?.tokenShown('192.0.2.1', false, 0)
    await passed()
    expect([a, b].map((each) => each?.waitForToken('192.0.2.1', 0))).toEqual([1, 1])
    const secret = { username: 'right', password: '' }
    a?.secretShown('192.0.2.1', secret, true, 0)
    for (let at = 0; at < 201; at++)
      a?.secretShown('192.0.2.1', { username: `${at}`, password: '' }, false, 0)
    await passed()
    expect(b?.waitForSecret('192.0.2.1', { username: 'other', password: '' }, 0)).toBe(1)
    expect(b?.waitForSecret('192.0.2.1', secret, 0)).toBeUndefined()
  })

  it('report once what they have learned together (PRP-17, IDS-12, GEO-06)', async () => {
    const [a, b] = twoWorkers().workers.map(({ link }) => new NameMemory(link.broadcast))
    const device = '19a3b0c0d0e-0d1c7a5e0b9f3c-1b525636-1fa400-19a3b0c0d0f'
    a?.observe(1, 'Sent', { amount: 5, Plan: 'pro' }, 'Anna')
    a?.observeDevice(1, { $device_id: device }, 'Anna')
    for (let at = 0; at < 9; at++) a?.locate(1, '192.0.2.1', `u${at}`)
    await passed()
    const codes = b?.observe(1, 'sent', { amount: '5', plan: 'pro' }, 'anna').map(({ code }) => code)
    expect(codes?.toSorted()).toEqual([
      'identity.case_mismatch',
      'value.name_case',
      'value.name_case',
      'value.numeric_string',
    ])
    expect(b?.observeDevice(1, {}, device).map(({ code }) => code)).toEqual(['identity.unprefixed_anonymous'])
    expect(b?.locate(1, '192.0.2.1', 'u9')).toBe(10)
    await passed()
    expect(a?.observe(1, 'sent', { amount: '5', plan: 'pro' }, 'anna')).toEqual([])
    expect(a?.observeDevice(1, {}, device)).toEqual([])
    expect(a?.locate(1, '192.0.2.1', 'u10')).toBeUndefined()
    b?.forget(1)
    await passed()
    expect(a?.observe(1, 'SENT', {}, '')).toEqual([])
  })

  it('report to a client once, by topic (TRK-40)', async () => {
    const { workers } = twoWorkers()
    const [a, b] = workers.map(({ link }) =>
      ['x', 'y'].map((topic) => new OncePerClient(topic, link.broadcast)),
    )
    expect(a?.[0]?.isFirst('client')).toBe(true)
    await passed()
    expect(b?.map((once) => once.isFirst('client'))).toEqual([false, true])
  })

  it('add up their counts, and keep those of one that has ended', async () => {
    const { state, workers } = twoWorkers()
    const all = workers.map(({ link }) => {
      const metrics = new Metrics(() => 0)
      link.others.serve({ collect: async () => metrics.families(), flushClients: async () => undefined })
      metrics.watch('gauge', 'One.', () => 1)
      metrics.answered('/track', 200)
      return metrics
    })
    const totals = async () => {
      const { exposeAll } = await import('../../../src/metrics/exposition.ts')
      const { text } = await exposeAll(await workers[0].link.others.collectAll())
      return text.split('\n').filter((line) => /^(gauge|twinpanel_requests_total)\b/.test(line))
    }
    all[1]?.answered('/track', 200)
    expect(await totals()).toEqual(['twinpanel_requests_total{endpoint="/track",status="200"} 3', 'gauge 2'])
    await state.leave(workers[1].member)
    expect(await totals()).toEqual(['twinpanel_requests_total{endpoint="/track",status="200"} 3', 'gauge 1'])
  })
})
