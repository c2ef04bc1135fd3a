import { expect, it } from 'vitest'
import { generatePages } from '../../docs/generate.ts'

const pages = generatePages()

it.each(pages)('VRD-02: docs/$path lists the catalogue as it is: npm run docs', ({ current, fresh }) => {
  expect(current).toBe(fresh)
})

it('VRD-02: every page has the marks between which it is generated', () => {
  expect(pages.map(({ fresh }) => /\| code \|[\s\S]*<!-- end -->/.test(fresh))).toEqual(pages.map(() => true))
})
