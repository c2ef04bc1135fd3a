import { expect, it } from 'vitest'
import { readFiles } from '../guards/source.ts'
import { HELD_BY_OTHER_TESTS, KEPT_TO_THEMSELVES } from './support/other-tests.ts'
import { TRANSCRIPTS } from './transcripts/all.ts'

/*
 * The survey of the SDKs ends in a list of what a naive server gets wrong, S1 to S36. Each is held by a transcript
 * here or by a test elsewhere, of which there is a list: were that one renamed or gone, nobody would miss it.
 */

const LAST = 36

const transcribed = TRANSCRIPTS.flatMap(({ exchanges }) => exchanges.flatMap((own) => own.surprises ?? []))
const all = Array.from({ length: LAST }, (_, n) => `S${n + 1}`)

it('each surprise has a test', () => {
  const held = new Set([...transcribed, ...Object.keys(HELD_BY_OTHER_TESTS), ...KEPT_TO_THEMSELVES])
  expect(all.filter((id) => !held.has(id))).toEqual([])
  expect([...held].filter((id) => !all.includes(id))).toEqual([])
})

it('the other tests are there', () => {
  const files = new Map(readFiles('test', '.test.ts').map((file) => [file.path, file.code]))
  const gone = Object.entries(HELD_BY_OTHER_TESTS).filter(([, [name, title]]) => {
    return files.get(`test/${name}.test.ts`)?.includes(title) !== true
  })
  expect(gone).toEqual([])
})

it('every exchange names a rule', () => {
  const titles = TRANSCRIPTS.flatMap(({ sdk, exchanges }) => exchanges.map(({ title }) => `${sdk}: ${title}`))
  expect(titles.filter((title) => !/\b[A-Z]{3}-\d\d/.test(title))).toEqual([])
  expect(new Set(titles).size).toBe(titles.length)
})
