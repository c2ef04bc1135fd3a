import { describe, expect, it } from 'vitest'
import { findInCode, readFiles, sourceFile } from './source.ts'

const sources = readFiles('src', '.ts', '.tsx')
const core = sources.filter((file) => file.path.startsWith('src/core/'))
/** The process, what it starts, fixtures, the one place that puts the server together, and what runs in browsers. */
const mayAskTheClock = /^src\/(app\.ts|cli\/|server\/|embedded-postgres\/|page\/|fixtures\/|playwright\/)/
const others = sources.filter((file) => !mayAskTheClock.test(file.path))

/** A new Date without arguments is the clock too. */
const CLOCK = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/
const RANDOM = /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b/
const WORLD = /\bprocess\.|\bglobalThis\b|\bconsole\.|\bset(Timeout|Interval|Immediate)\(|\bfetch\(|\bawait\b/

describe('the core', () => {
  it.each([
    ['asks no clock', CLOCK],
    ['is not random', RANDOM],
    ['does not touch the process, and waits for nothing', WORLD],
  ])('%s', (_name, pattern) => {
    expect(findInCode(core, pattern)).toEqual([])
  })
})

describe('the rest of src', () => {
  it('is given its clock by src/server', () => {
    expect(findInCode(others, CLOCK)).toEqual([])
  })

  it('is given its ids by src/server', () => {
    expect(findInCode(others, /\brandomUUID\b/)).toEqual([])
  })

  it('has no default exports, except for the one that Jest takes', () => {
    const own = sources.filter((file) => file.path !== 'src/fixtures/setup.ts')
    expect(findInCode(own, /\bexport default\b|\bas default\b/)).toEqual([])
  })

  it.each([
    ['any', /\bas any\b|: any\b|<any\b/],
    ['suppressed compiler or linter errors', /@ts-(ignore|expect-error|nocheck)|biome-ignore/],
  ])('has no %s', (_name, pattern) => {
    const withComments = sources.map((file) => ({ ...file, code: file.text }))
    expect(findInCode(pattern.source.includes('ignore') ? withComments : sources, pattern)).toEqual([])
  })
})

describe('what these guards look at', () => {
  it('is code, not comments', () => {
    const text = [
      '// Date.now in a comment',
      "const url = 'http://a' // Math.random",
      '/* process.exit',
      '   Date.now */ const now = Date.now()',
      String.raw`const isQuote = /['"]\/\//.test(x) ? process.env : 1`,
    ].join('\n')
    expect(findInCode([sourceFile('a.ts', text)], CLOCK)).toEqual(['a.ts:4'])
    expect(findInCode([sourceFile('a.ts', text)], RANDOM)).toEqual([])
    expect(findInCode([sourceFile('a.ts', text)], WORLD)).toEqual(['a.ts:5'])
  })

  it('is all of the core', () => {
    expect(core.length).toBeGreaterThan(20)
  })
})
