import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import type { Finding } from '../../../src/core/verdict/finding.ts'
import { NameMemory } from '../../../src/ingest/name-memory.ts'
import { codesOf } from '../build.ts'

/** What the memory says to each of a project's events in turn. */
function observeAll(...events: readonly (readonly [string, JsonObject])[]): readonly (readonly string[])[] {
  const memory = new NameMemory()
  return events.map(([event, properties]) => codesOf(memory.observe(101, event, properties, '')))
}
const values = (...all: readonly Json[]) => observeAll(...all.map((p): [string, JsonObject] => ['E', { p }]))

describe('NameMemory', () => {
  it('tells once of event names that differ in case only (GEN-03)', () => {
    expect(observeAll(['Sign Up', {}], ['Sign Up', {}], ['Sign up', {}], ['Sign up', {}])).toEqual([
      [],
      [],
      ['value.name_case'],
      [],
    ])
  })

  it('tells once of user ids that differ in case only, and of no device (GEN-03)', () => {
    const memory = new NameMemory()
    const ids = ['Charlie', '$device:A', '$device:a', 'charlie', 'charlie']
    const told = ids.map((id) => memory.observe(101, 'E', {}, id))
    expect(told.map(codesOf)).toEqual([[], [], [], ['identity.case_mismatch'], []])
    expect(told[3]?.[0]?.values).toEqual({ a: 'Charlie', b: 'charlie' })
  })

  it('tells of property names that differ in case only, and which (GEN-03)', () => {
    const memory = new NameMemory()
    memory.observe(101, 'E', { Plan: 1 }, '')
    expect(memory.observe(101, 'E', { plan: 1 }, '')).toEqual([
      { code: 'value.name_case', values: { a: 'Plan', b: 'plan' } },
    ])
  })

  it.each<[readonly Json[], readonly (readonly string[])[]]>([
    [
      [1, '2', '3'],
      [[], ['value.numeric_string'], []],
    ],
    [
      [1, '-2.5'],
      [[], ['value.numeric_string']],
    ],
    [
      [1, 'two'],
      [[], []],
    ],
    [
      [1, ''],
      [[], []],
    ],
    [
      [1, '2 '],
      [[], []],
    ],
    [
      ['1', 2],
      [[], []],
    ],
    [
      [null, 1, true, [], '2'],
      [[], [], [], [], ['value.numeric_string']],
    ],
  ])('of %j it tells once that a number comes as text (PRP-05)', (sent, expected) => {
    expect(values(...sent)).toEqual(expected)
  })

  it('tells of 4000 event names and more (PRP-17)', () => {
    const memory = new NameMemory()
    const codes = Array.from({ length: 4_001 }, (_, n) => codesOf(memory.observe(101, `event ${n}`, {}, '')))
    expect(codes.slice(0, 3_999).flat()).toEqual([])
    expect(codes.slice(3_999)).toEqual([['event.name_explosion'], ['event.name_explosion']])
    expect(codesOf(memory.observe(101, 'event 7', {}, ''))).toEqual([])
  })

  it('is of one project only, and forgets it when told to (PRP-17)', () => {
    const memory = new NameMemory()
    memory.observe(101, 'Sign Up', {}, '')
    expect(memory.observe(102, 'Sign up', {}, '')).toEqual([])
    memory.forget(101)
    expect(memory.observe(101, 'Sign up', {}, '')).toEqual([])
    expect(codesOf(memory.observe(102, 'Sign Up', {}, ''))).toEqual(['value.name_case'])
  })

  it('names that JavaScript knows are names like any other (DEC-07)', () => {
    const sent = JSON.parse('{"__proto__":1,"constructor":1,"toString":1}') as JsonObject
    expect(observeAll(['__proto__', sent], ['constructor', sent])).toEqual([[], []])
  })

  it.each<[string, number, (memory: NameMemory, name: string) => readonly Finding[]]>([
    ['event names', 6_000, (memory, name) => memory.observe(1, name, {}, '')],
    ['names of properties', 10_000, (memory, name) => memory.observe(1, 'E', { [name]: 1 }, '')],
    ['ids', 20_000, (memory, name) => memory.observe(1, 'E', {}, name)],
  ])('learns so many %s of a project and no more: %i (DEC-07)', (_what, limit, observe) => {
    const isLearnedAfter = (count: number) => {
      const memory = new NameMemory()
      for (let n = 1; n < count; n++) observe(memory, `name ${n}`)
      observe(memory, 'Last')
      return codesOf(observe(memory, 'last')).some((code) => code !== 'event.name_explosion')
    }
    expect([isLearnedAfter(limit - 1), isLearnedAfter(limit)]).toEqual([true, false])
  })

  it('long names do not fill the memory (DEC-07)', () => {
    const memory = new NameMemory()
    const before = heapBytes()
    for (let n = 0; n < 100; n++) {
      memory.observe(101, `${n}${'e'.repeat(500_000)}`, { [`${n}${'x'.repeat(500_000)}`]: 1 }, '')
    }
    expect(heapBytes() - before).toBeLessThan(60_000_000)
    expect(memory.observe(101, 'E', {}, '')).toEqual([])
  })
})

describe('NameMemory of addresses', () => {
  /** What is told of users who are located from an address: how many they are. */
  const observe = (memory: NameMemory, from: number, to: number, project = 101, address = '203.0.113.9') => {
    const users = Array.from({ length: to - from }, (_, n) => `u${from + n}`)
    return users.flatMap((user) => memory.locate(project, address, user) ?? [])
  }

  it('tells of the tenth user of an address in a project, once (GEO-06)', () => {
    const memory = new NameMemory()
    expect(observe(memory, 0, 9)).toEqual([])
    expect(observe(memory, 0, 9)).toEqual([])
    expect(observe(memory, 9, 18, 101, '203.0.113.8')).toEqual([])
    expect(observe(memory, 9, 18, 102)).toEqual([])
    expect(observe(memory, 9, 30)).toEqual([10])
    memory.forget(101)
    expect(observe(memory, 0, 10)).toEqual([10])
  })

  it('forgets them where there are too many (DEC-07)', () => {
    const memory = new NameMemory()
    observe(memory, 0, 9)
    for (let n = 0; n < 100_000; n++) memory.locate(101, `address ${n}`, 'u')
    expect(observe(memory, 9, 10)).toEqual([])
  })
})

/** Bytes of the heap in use, garbage taken out. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

describe('NameMemory of many projects', () => {
  it('is bounded in all, not for each project only (DEC-07)', () => {
    const memory = new NameMemory()
    memory.observe(1, 'Sign Up', {}, '')
    for (let project = 2; project < 450; project++) {
      const properties = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`name ${n}`, 1]))
      memory.observe(project, 'E', properties, '')
    }
    // Had it kept all, it would still know the first project's spelling.
    expect(memory.observe(1, 'Sign up', {}, '')).toEqual([])
    expect(memory.observe(1, 'sign up', {}, '').map((own) => own.code)).toEqual(['value.name_case'])
  })
})
