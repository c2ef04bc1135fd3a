import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_CLIENTS } from '../../../src/core/clients/client.ts'
import { ClientLog } from '../../../src/ingest/client-log.ts'
import type { ProjectClient } from '../../../src/store/clients.ts'
import { aProject } from '../build.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const ARRIVAL = { encoding: 'json', isGzip: false, host: 'h', userAgent: '' }
const project = aProject()
const sent = (lib: string, of = project) => [
  { project: of, record: { event: 'E', properties: { mp_lib: lib } } },
]

/** A log, and what it writes; `isAway`: writing fails. */
function aLog() {
  const store = { nowMs: 5, isAway: false, failures: 0, writes: [] as (readonly ProjectClient[])[] }
  const log = new ClientLog({
    write: async (clients) => {
      if (store.isAway) throw new Error('away')
      store.writes.push(clients)
    },
    clock: () => store.nowMs,
    onFailure: () => {
      store.failures++
    },
  })
  return { log, store }
}

describe('ClientLog', () => {
  it('writes down at most once a second, and only where something was counted', async () => {
    const { log, store } = aLog()
    for (let request = 0; request < 100; request++) log.count('/track', ARRIVAL, sent('web'))
    await vi.advanceTimersByTimeAsync(900)
    expect(store.writes).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(100)
    expect(store.writes).toMatchObject([[{ lib: 'web', requests: 100, records: 100, projectId: project.id }]])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(store.writes).toHaveLength(1)
  })

  const other = aProject({ id: 77 })
  it.each([
    ['another host', () => ['/track', { ...ARRIVAL, host: 'h2' }, sent('web')]],
    ['another encoding', () => ['/track', { ...ARRIVAL, encoding: 'form base64' }, sent('web')]],
    ['compressed', () => ['/track', { ...ARRIVAL, isGzip: true }, sent('web')]],
    ['another SDK', () => ['/track', ARRIVAL, sent('node')]],
    ['a program without a name', () => ['/track', ARRIVAL, sent('')]],
    ['another project', () => ['/track', ARRIVAL, sent('web', other)]],
  ] satisfies [string, () => Parameters<ClientLog['count']>][])(
    'tells the clients of alternating requests apart: %s',
    async (_name, makeOther) => {
      const { log, store } = aLog()
      for (let request = 0; request < 3; request++) {
        log.count('/track', ARRIVAL, sent('web'))
        log.count(...makeOther())
        log.count('/track', ARRIVAL, sent('web'))
      }
      await log.flush()
      expect(store.writes.flat().map(({ requests }) => requests)).toEqual([6, 3])
    },
  )

  it('lists each path that a client sends to, also of alternating requests', async () => {
    const { log, store } = aLog()
    for (const path of ['/track', '/engage', '/track']) log.count(path, ARRIVAL, sent('web'))
    await log.flush()
    expect(store.writes).toMatchObject([[{ requests: 3, endpoints: ['/track', '/engage'] }]])
  })

  it('keeps what could not be written down, adds what comes meanwhile, and tries again', async () => {
    const { log, store } = aLog()
    store.isAway = true
    log.count('/track', ARRIVAL, sent('web'))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(store.failures).toBe(3)
    log.count('/engage', ARRIVAL, sent('web'))
    store.isAway = false
    await log.flush()
    expect(store.writes).toMatchObject([[{ requests: 2, endpoints: ['/track', '/engage'] }]])
  })

  it('knows the first and the last of several requests, also where the clock goes back', async () => {
    const { log, store } = aLog()
    for (const nowMs of [5, 9, 3, 7]) {
      store.nowMs = nowMs
      log.count('/track', ARRIVAL, sent('web'))
    }
    await log.flush()
    expect(store.writes).toMatchObject([[{ firstSeenMs: 3, lastSeenMs: 9, requests: 4 }]])
  })

  it('once stopped has no timer left, whether it could write or not', async () => {
    const { log, store } = aLog()
    store.isAway = true
    log.count('/track', ARRIVAL, sent('web'))
    await log.stop()
    expect(store.failures).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    const other = aLog()
    other.log.count('/track', ARRIVAL, sent('web'))
    await other.log.stop()
    expect(other.store.writes).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('holds a bounded number of clients, of one project and of all', async () => {
    const { log, store } = aLog()
    for (let n = 0; n < 200; n++) log.count('/track', ARRIVAL, sent(`lib ${n}`))
    for (let n = 0; n < 10_000; n++) log.count('/track', ARRIVAL, sent('web', aProject({ id: n + 1_000 })))
    await log.flush()
    const [written = []] = store.writes
    expect(written.length).toBe(5_000)
    const own = written.filter(({ projectId }) => projectId === project.id)
    expect(own).toHaveLength(MAX_CLIENTS + 1)
    expect(own.find(({ lib }) => lib === 'other')).toMatchObject({ requests: 200 - MAX_CLIENTS })
  })

  it('counts records without a project for nobody', async () => {
    const { log, store } = aLog()
    log.count('/track', ARRIVAL, [{ project: undefined, record: {} }])
    log.count('/track', ARRIVAL, [])
    await log.flush()
    expect(store.writes).toEqual([])
  })
})
