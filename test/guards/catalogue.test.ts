import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/core/verdict/catalogue.ts'
import type { CatalogueEntry } from '../../src/core/verdict/entry.ts'
import { readFiles } from './source.ts'

const users = readFiles('src', '.ts').filter((file) => !file.path.startsWith('src/core/verdict/'))
const entries: readonly (readonly [string, CatalogueEntry])[] = Object.entries(CATALOGUE)

/** Chapter 21 of the contract: a code and its severity on each line. */
const chapter = new Map(
  readFileSync(new URL('verdict-codes.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ', 2) as [string, string]),
)
/**
 * Codes of our own: refusals that have no code there, what a database and a lenient import make of values, and an id
 * that is an object.
 */
const OWN_CODES = [
  'record.invalid',
  'identity.id_not_text',
  'value.not_storable',
  'value.repaired',
  'profile.too_large',
  'limit.profile_rewrites',
  'token.too_many_new',
]

describe('the catalogue of verdicts', () => {
  it.each(entries)('%s can be reached (VRD-02)', (code) => {
    expect(users.filter((file) => file.code.includes(code)).map((file) => file.path)).not.toEqual([])
  })

  it.each(entries)('%s has two sentences and no stray bracket (VRD-01)', (_code, { message, advice }) => {
    for (const sentence of [message, advice]) {
      expect(sentence).toMatch(/[.?!]$/)
      expect(sentence.replace(/\{\w+\}/g, '')).not.toMatch(/[{}]/)
    }
  })

  it.each(entries.filter(([code]) => !OWN_CODES.includes(code)))(
    '%s is a code of the contract, and as severe (DEC-04)',
    (code, { severity }) => {
      expect(severity).toBe(chapter.get(code))
    },
  )

  it('the codes look alike, and our own are still there (VRD-02)', () => {
    for (const [code] of entries) expect(code).toMatch(/^[a-z]+\.[a-z0-9]+(_[a-z0-9]+)*$/)
    expect(Object.keys(CATALOGUE)).toEqual(expect.arrayContaining(OWN_CODES))
  })
})
