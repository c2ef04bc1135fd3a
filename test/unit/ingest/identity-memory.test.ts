import { describe, expect, it } from 'vitest'
import { IdentityMemory } from '../../../src/ingest/identity-memory.ts'
import { aProject } from '../build.ts'

const project = aProject()
/** Facts in each of the two halves. */
const HALF = 100_000

function fill(memory: IdentityMemory, count: number, of = 'other'): void {
  for (let n = 0; n < count; n++) memory.learn(project, `${of} ${n}`, 'x')
}

describe('IdentityMemory', () => {
  it('recalls what it has learned, and nothing else (IDS-07)', () => {
    const memory = new IdentityMemory()
    memory.learn(project, 'owner $device:D1', 'U1')
    memory.learn(project, 'seen x', '')
    const names = ['owner $device:D1', 'seen x', 'owner $device:d1', 'owner', '__proto__', '']
    expect(names.map((name) => memory.recall(project, name))).toEqual([
      'U1',
      '',
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it.each([
    ['another version, after a reset', { version: 2 }],
    ['an earlier version', { version: 0 }],
    ['another project', { id: 102 }],
    ['a project whose numbers read alike', { id: 10, version: 11 }],
    ['a project of the same token', { id: 103, token: 'TOK' }],
  ])('facts of a project are none of %s (IDS-33)', (_name, change) => {
    const memory = new IdentityMemory()
    memory.learn(project, 'owner $device:D1', 'U1')
    expect(memory.recall(aProject(change), 'owner $device:D1')).toBeUndefined()
    expect(memory.recall(aProject({ name: 'renamed' }), 'owner $device:D1')).toBe('U1')
  })

  it.each([
    [0, 'U1'],
    [HALF - 1, 'U1'],
    [HALF, 'U1'],
    [2 * HALF - 1, 'U1'],
    [2 * HALF, undefined],
    [3 * HALF, undefined],
  ])('is bounded: after %i other facts a first one is %s (DEC-07)', (others, expected) => {
    const memory = new IdentityMemory()
    memory.learn(project, 'first', 'U1')
    fill(memory, others)
    expect(memory.recall(project, 'first')).toBe(expected)
  })

  it('facts of another database are dropped, also those learned late (IDS-03)', () => {
    let now = 1
    const memory = new IdentityMemory(() => now)
    const { generation } = memory
    memory.learn(project, 'before', 'U1', generation)
    now = 2
    memory.learn(project, 'late', 'U1', generation)
    memory.learn(project, 'after', 'U1')
    const recalled = ['before', 'late', 'after'].map((name) => memory.recall(project, name))
    expect(recalled).toEqual([undefined, undefined, 'U1'])
  })

  it('what is asked for now and then stays (DEC-07)', () => {
    const memory = new IdentityMemory()
    memory.learn(project, 'first', 'U1')
    for (let round = 0; round < 5; round++) {
      fill(memory, HALF - 1, `round ${round}`)
      expect(memory.recall(project, 'first')).toBe('U1')
    }
    expect(memory.recall(project, 'round 0 7')).toBeUndefined()
  })
})
