import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/core/verdict/catalogue.ts'
import type { CatalogueEntry } from '../../src/core/verdict/entry.ts'
import { contract } from './rules.ts'
import { readFiles } from './source.ts'

const users = readFiles('src', '.ts').filter((file) => !file.path.startsWith('src/core/verdict/'))
const entries: readonly (readonly [string, CatalogueEntry])[] = Object.entries(CATALOGUE)

/** Chapter DIA of the contract: the severity of each code. */
const chapter = new Map(
  [...contract.rules.values()].flatMap(({ chapter: name, title, severity }) =>
    name === 'DIA' ? [[title.replaceAll('`', ''), severity]] : [],
  ),
)

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

  it.each(entries)('%s is a code of docs/contract/dia.md, and as severe (DEC-04)', (code, { severity }) => {
    expect(severity).toBe(chapter.get(code))
  })

  it('has every code of docs/contract/dia.md (DEC-04)', () => {
    expect([...chapter.keys()].filter((code) => !(code in CATALOGUE))).toEqual([])
  })

  it('the codes look alike (VRD-02)', () => {
    for (const [code] of entries) expect(code).toMatch(/^[a-z]+\.[a-z0-9]+(_[a-z0-9]+)*$/)
  })
})
