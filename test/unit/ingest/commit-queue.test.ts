import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deferred } from '../../../src/core/deferred.ts'
import { RowMoved, StoreBusy } from '../../../src/store/errors.ts'
import { aBatch, InMemoryStore, POISON } from './in-memory-store.ts'

/** Bytes that an event counts for beside its properties. */
const ROW_BYTES = 256

const namesOf = (store: InMemoryStore) => store.writes.map((write) => write.names.join(' '))

describe('CommitQueue: gathering', () => {
  it('requests of one turn of the event loop are one transaction, in their order (GEN-07)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const outcomes = await Promise.all(
      [['a', 'b'], ['c'], ['d']].map((names) => queue.outcomeOf(aBatch(names))),
    )
    expect(outcomes).toEqual(['committed', 'committed', 'committed'])
    expect(namesOf(store)).toEqual(['a b c d'])
  })

  it('what arrives while every lane is busy goes with the next (DEC-06)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const release = store.hold()
    const first = queue.outcomeOf(aBatch(['a']))
    await turn()
    const rest = ['b', 'c', 'd'].map((name) => queue.outcomeOf(aBatch([name])))
    await turn()
    expect(namesOf(store)).toEqual(['a'])
    release()
    await Promise.all([first, ...rest])
    expect(namesOf(store)).toEqual(['a', 'b c d'])
  })

  it.each([
    ['several at a time are gathered for longer', ['a', 'b', 'c', 'd'], 20, ['a b c d', 'x y']],
    ['few at a time are not', ['a', 'b', 'c'], 20, ['a b c', 'x', 'y']],
    ['no batches are, by default', ['a', 'b', 'c', 'd'], undefined, ['a b c d', 'x', 'y']],
  ])('of several processes: %s (DEC-06)', async (_name, before, gatherMs, expected) => {
    const store = new InMemoryStore()
    const queue = store.queue({ lanes: 1, ...(gatherMs !== undefined && { gatherMs }) })
    await Promise.all(before.map((name) => queue.outcomeOf(aBatch([name]))))
    const x = queue.outcomeOf(aBatch(['x']))
    await turn()
    await turn()
    const y = queue.outcomeOf(aBatch(['y']))
    expect(await Promise.all([x, y])).toEqual(['committed', 'committed'])
    expect(namesOf(store)).toEqual(expected)
  })

  it('no request is answered before its own commit (GEN-01)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const answered: string[] = []
    const release = store.hold()
    const first = queue.outcomeOf(aBatch(['a'])).then(() => answered.push('a'))
    await turn()
    const second = queue.outcomeOf(aBatch(['b'])).then(() => answered.push('b'))
    await turn()
    expect(answered).toEqual([])
    const releaseSecond = store.hold()
    release()
    await first
    await turn()
    expect(answered).toEqual(['a'])
    releaseSecond()
    await second
    expect(answered).toEqual(['a', 'b'])
  })

  it.each([1, 2, 3])('writes on %i lanes at a time, no more (DEC-06)', async (lanes) => {
    const store = new InMemoryStore()
    const queue = store.queue({ lanes, maxGroupBytes: 1 })
    const release = store.hold()
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => queue.outcomeOf(aBatch([name])))
    await turn()
    expect(store.running).toBe(lanes)
    release()
    await Promise.all(all)
    expect(store.mostRunning).toBe(lanes)
    expect(store.committed).toHaveLength(5)
  })

  it('begins a second transaction beside another only for enough (DEC-06)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue({ lanes: 2, minSecondLaneBytes: 2 * (ROW_BYTES + 2) })
    const release = store.hold()
    const first = queue.outcomeOf(aBatch(['a']))
    await turn()
    const second = queue.outcomeOf(aBatch(['b']))
    await turn()
    expect(namesOf(store)).toEqual(['a'])
    const third = queue.outcomeOf(aBatch(['c']))
    await turn()
    expect(namesOf(store)).toEqual(['a', 'b c'])
    release()
    await Promise.all([first, second, third])
  })

  it('what was too little for a lane of its own goes when the busy one is free (DEC-06)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue({ lanes: 2, minSecondLaneBytes: 1_000_000 })
    const release = store.hold()
    const first = queue.outcomeOf(aBatch(['a']))
    await turn()
    const second = queue.outcomeOf(aBatch(['b']))
    release()
    expect(await Promise.all([first, second])).toEqual(['committed', 'committed'])
    expect(namesOf(store)).toEqual(['a', 'b'])
  })

  it.each([
    [4 * (ROW_BYTES + 100), ['a b c d']],
    [4 * (ROW_BYTES + 100) - 1, ['a b c', 'd']],
    [2 * (ROW_BYTES + 100), ['a b', 'c d']],
    [1, ['a', 'b', 'c', 'd']],
  ])('a transaction holds %i bytes (DEC-06)', async (maxGroupBytes, groups) => {
    const store = new InMemoryStore()
    const queue = store.queue({ maxGroupBytes })
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => queue.outcomeOf(aBatch([name], 1, 100))))
    expect(namesOf(store)).toEqual(groups)
  })

  it('a batch larger than a transaction may be goes alone (DEC-06)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue({ maxGroupBytes: 2 * ROW_BYTES + 4 })
    await Promise.all([['a'], ['b', 'c', 'd'], ['e'], ['f']].map((names) => queue.outcomeOf(aBatch(names))))
    expect(namesOf(store)).toEqual(['a', 'b c d', 'e f'])
  })
})

describe('CommitQueue: what goes wrong', () => {
  it('one that the store refuses does not fail its neighbours (DEC-07)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const names = ['a', POISON, 'b', 'c']
    const outcomes = await Promise.allSettled(names.map((name) => queue.outcomeOf(aBatch([name]))))
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect(store.committed).toEqual(['a', 'b', 'c'])
    expect(namesOf(store)).toEqual(['a poison b c', 'a', POISON, 'b', 'c'])
    expect(store.failures).toHaveLength(2)
  })

  it('one that is refused alone is tried once, and the queue goes on (DEC-07)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    await expect(queue.outcomeOf(aBatch([POISON]))).rejects.toThrow('cannot hold this')
    expect(await queue.outcomeOf(aBatch(['a']))).toBe('committed')
    expect(namesOf(store)).toEqual([POISON, 'a'])
  })

  it('a batch whose project has changed is stale, its neighbours are committed (IDS-34)', async () => {
    const store = new InMemoryStore()
    store.currentVersion = 2
    const queue = store.queue()
    const outcomes = await Promise.all(
      [2, 1, 2].map((version) => queue.outcomeOf(aBatch([`v${version}`], version))),
    )
    expect(outcomes).toEqual(['committed', 'stale', 'committed'])
    expect(store.committed).toEqual(['v2', 'v2'])
    expect(store.failures).toEqual([])
  })

  it('where the store cannot be reached nobody is told of a commit, and nothing is tried again (DEC-08)', async () => {
    const store = new InMemoryStore()
    store.isReachable = false
    const queue = store.queue()
    const outcomes = await Promise.all(['a', 'b'].map((name) => queue.outcomeOf(aBatch([name]))))
    expect(outcomes).toEqual(['unavailable', 'unavailable'])
    expect(namesOf(store)).toEqual(['a b'])
    expect(store.failures).toHaveLength(1)
    store.isReachable = true
    expect(await queue.outcomeOf(aBatch(['c']))).toBe('committed')
    expect(store.committed).toEqual(['c'])
  })

  it.each([
    ['all connections are in use', new StoreBusy()],
    ['a row is moved again and again', new RowMoved()],
  ])(
    'where %s nothing is away: what is not committed is to come again (TRK-27, DEC-08)',
    async (_why, error) => {
      const store = new InMemoryStore()
      const queue = store.queue({ write: () => Promise.reject(error) })
      const outcomes = await Promise.all(['a', 'b'].map((name) => queue.outcomeOf(aBatch([name]))))
      expect(outcomes).toEqual(['full', 'full'])
      expect(store.failures).toEqual([error])
    },
  )

  it('refuses what comes while too much is waiting, and takes it later (TRK-27)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue({ maxWaitingBytes: 2 * (ROW_BYTES + 2) })
    const release = store.hold()
    const first = queue.outcomeOf(aBatch(['a']))
    await turn()
    const waiting = ['b', 'c'].map((name) => queue.outcomeOf(aBatch([name])))
    expect([queue.isFull, queue.waitingBytes]).toEqual([true, 2 * (ROW_BYTES + 2)])
    expect(await queue.outcomeOf(aBatch(['d']))).toBe('full')
    release()
    expect(await Promise.all([first, ...waiting])).toEqual(['committed', 'committed', 'committed'])
    expect([queue.isFull, queue.waitingBytes]).toEqual([false, 0])
    expect(await queue.outcomeOf(aBatch(['d']))).toBe('committed')
    expect(store.committed).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('CommitQueue: projects whose lock another holds', () => {
  const of = (name: string, ...projectIds: number[]) => aBatch([name], 1, 2, projectIds)
  /** Lets a write wait for the lock until the function that is given back is called. */
  function holdLock(store: InMemoryStore, id: number): () => void {
    store.lockedIds.add(id)
    const { promise, resolve } = new Deferred<void>()
    store.waits = () => promise
    return () => {
      store.lockedIds.delete(id)
      resolve()
    }
  }

  it('are waited for by a lane of their own; all others are committed meanwhile, on one lane', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const free = holdLock(store, 2)
    const first = ['a', 'b', 'c'].map((name, at) => queue.outcomeOf(of(name, 1 + (at % 2))))
    expect(await Promise.all([first[0], first[2]])).toEqual(['committed', 'committed'])
    const later = ['d', 'e'].map((name) => queue.outcomeOf(of(name, 2)))
    expect(await queue.outcomeOf(of('f', 1))).toBe('committed')
    expect([queue.waitingRequests, store.committed]).toEqual([2, ['a', 'c', 'f']])
    free()
    expect(await Promise.all([first[1], ...later])).toEqual(['committed', 'committed', 'committed'])
    expect(store.committed).toEqual(['a', 'c', 'f', 'b', 'd', 'e'])
    expect(store.failures).toEqual([])
  })

  it('are given up after fifteen seconds: what waits is to come again (DEC-08)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    store.lockedIds.add(2)
    store.waits = async () => {
      store.nowMs += 500
    }
    const outcomes = ['a', 'b'].map((name) => queue.outcomeOf(of(name, 2)))
    expect(await Promise.all(outcomes)).toEqual(['full', 'full'])
    expect([store.nowMs, queue.waitingRequests, queue.waitingBytes]).toEqual([15_000, 0, 0])
    expect(queue.isStalled).toBe(false)
  })

  it('take turns, so that one does not wait for the others', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const free = [2, 3].map((id) => holdLock(store, id))
    store.waits = turn
    const [a, b] = [queue.outcomeOf(of('a', 2)), queue.outcomeOf(of('b', 3))]
    await turn()
    free[1]?.()
    expect(await b).toBe('committed')
    free[0]?.()
    expect(await a).toBe('committed')
  })

  it('do not hold up another that a batch names beside them, and the batch is committed once all are free', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const free = [2, 3].map((id) => holdLock(store, id))
    store.waits = turn
    const both = queue.outcomeOf(of('both', 1, 2, 3))
    expect(await queue.outcomeOf(of('a', 1))).toBe('committed')
    free[0]?.()
    await turn()
    expect(store.committed).toEqual(['a'])
    free[1]?.()
    expect(await both).toBe('committed')
    await queue.drain()
  })

  it('may take a quarter of what may wait each', async () => {
    const store = new InMemoryStore()
    const queue = store.queue({ maxWaitingBytes: 8 * (ROW_BYTES + 2) })
    const free = holdLock(store, 2)
    const first = queue.outcomeOf(of('a', 2))
    await turn()
    const next = ['b', 'c'].map((name) => queue.outcomeOf(of(name, 2)))
    expect(await queue.outcomeOf(of('d', 2))).toBe('full')
    expect(await queue.outcomeOf(of('e', 1))).toBe('committed')
    free()
    expect(await Promise.all([first, ...next])).toEqual(['committed', 'committed', 'committed'])
  })

  it('are drained too', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const free = holdLock(store, 2)
    const outcome = queue.outcomeOf(of('a', 2))
    await turn()
    const drained = queue.drain()
    free()
    await drained
    expect(await outcome).toBe('committed')
  })
})

describe('CommitQueue: stalled', () => {
  it('while a write is under way and none has succeeded for twelve seconds', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const release = store.hold()
    const outcome = queue.outcomeOf(aBatch(['a']))
    await turn()
    store.nowMs = 11_999
    expect(queue.isStalled).toBe(false)
    store.nowMs = 12_000
    expect(queue.isStalled).toBe(true)
    release()
    await outcome
    expect(queue.isStalled).toBe(false)
  })

  it('while writes fail one after another, and for ten seconds after the last', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    store.isReachable = false
    for (store.nowMs = 0; store.nowMs < 12_000; store.nowMs += 3_000) {
      await queue.outcomeOf(aBatch(['a']))
      expect(queue.isStalled).toBe(false)
    }
    await queue.outcomeOf(aBatch(['a']))
    expect(queue.isStalled).toBe(true)
    store.nowMs += 9_999
    expect(queue.isStalled).toBe(true)
    store.nowMs += 1
    expect(queue.isStalled).toBe(false)
  })

  it('not after a success, nor where nothing was ever written', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    store.nowMs = 60_000
    expect(queue.isStalled).toBe(false)
    store.isReachable = false
    await queue.outcomeOf(aBatch(['a']))
    store.isReachable = true
    store.nowMs += 13_000
    await queue.outcomeOf(aBatch(['b']))
    expect(queue.isStalled).toBe(false)
  })
})

describe('CommitQueue: drain', () => {
  it('is over at once where nothing waits (DEC-08)', async () => {
    await expect(new InMemoryStore().queue().drain()).resolves.toBeUndefined()
  })

  it('waits for what is written, for what waits, and for what is tried again (DEC-08)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const release = store.hold()
    const outcomes = Promise.allSettled(['a', POISON, 'b'].map((name) => queue.outcomeOf(aBatch([name]))))
    await turn()
    const late = queue.outcomeOf(aBatch(['c']))
    let isDrained = false
    const drains = [queue.drain(), queue.drain()].map((drain) => drain.then(() => (isDrained = true)))
    await turn()
    expect(isDrained).toBe(false)
    release()
    await Promise.all(drains)
    expect(store.committed).toEqual(['a', 'b', 'c'])
    await Promise.all([outcomes, late])
  })

  it('waits for a batch that no lane has taken yet (DEC-08)', async () => {
    const store = new InMemoryStore()
    const queue = store.queue()
    const submitted = queue.outcomeOf(aBatch(['a']))
    await queue.drain()
    expect(store.committed).toEqual(['a'])
    await submitted
  })
})

describe('CommitQueue: any traffic', () => {
  const kind = fc.constantFrom('good', 'good', 'good', 'stale', POISON)
  const traffic = fc.array(fc.tuple(kind, fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 30 })

  it('each batch meets its own fate, is committed once or not at all, and in order on one lane (DEC-06)', async () => {
    await fc.assert(
      fc.asyncProperty(
        traffic,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2_000 }),
        async (sent, lanes, maxGroupBytes) => {
          const store = new InMemoryStore()
          const queue = store.queue({ lanes, maxGroupBytes })
          const fates: Promise<string>[] = []
          for (const [index, [own, more, waits]] of sent.entries()) {
            const names = [
              own === POISON ? POISON : `${index}`,
              ...Array.from({ length: more }, () => `${index}`),
            ]
            const outcome = queue.outcomeOf(aBatch(names, own === 'stale' ? 0 : 1))
            fates.push(outcome.catch(() => 'refused'))
            if (waits) await turn()
          }
          const expected = { good: 'committed', stale: 'stale', [POISON]: 'refused' }
          expect(await Promise.all(fates)).toEqual(sent.map(([own]) => expected[own]))
          const good = sent.flatMap(([own, more], index) =>
            own === 'good' ? Array.from({ length: more + 1 }, () => `${index}`) : [],
          )
          if (lanes === 1) expect(store.committed).toEqual(good)
          else expect(store.committed.toSorted()).toEqual(good.toSorted())
        },
      ),
    )
  })
})
