import { expect, it } from 'vitest'
import { departuresIn } from '../../docs/compatibility.ts'
import { generatePages } from '../../docs/generate.ts'
import { isRule, rules, testsByRule } from './rules.ts'

const pages = generatePages()
const compatibility = pages.find(({ path }) => path === 'compatibility.md')?.fresh ?? ''
const departures = departuresIn(compatibility)

it.each(pages)('docs/$path is as its sources are: npm run docs (VRD-02)', ({ current, fresh }) => {
  expect(current).toBe(fresh)
  expect(fresh).toContain('<!-- end -->')
})

it('the departures name rules that exist, what we do and why', () => {
  expect(departures.length).toBeGreaterThan(0)
  const wrong = departures.filter(
    ({ ids, what, why }) => ids.length === 0 || ids.some((id) => !rules.includes(id)) || !what || !why,
  )
  expect(wrong).toEqual([])
})

it('every rule has its row, with the state that departures and tests give it', () => {
  const tests = testsByRule()
  const departing = new Set(departures.flatMap(({ ids }) => ids))
  const states = rules.filter(isRule).map((id) => {
    const found = compatibility.match(new RegExp(`^\\| ${id} \\| (held|departs|not tested)\\b`, 'gm'))
    return [id, found]
  })
  expect(states).toEqual(
    rules.filter(isRule).map((id) => {
      const untested = tests.has(id) ? 'held' : 'not tested'
      return [id, [`| ${id} | ${departing.has(id) ? 'departs' : untested}`]]
    }),
  )
})
