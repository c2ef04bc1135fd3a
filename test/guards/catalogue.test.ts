import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/core/verdict/catalogue.ts'
import type { CatalogueEntry } from '../../src/core/verdict/entry.ts'
import { contract } from './rules.ts'
import { readFiles, type SourceFile, sourceFile } from './source.ts'

/** a call of `finding`, with the names of the values it gives. */
interface FindingCall {
  readonly where: string
  readonly code: string
  readonly names: readonly string[]
}

const users = readFiles('src', '.ts').filter((file) => !file.path.startsWith('src/core/verdict/'))
const entries: readonly (readonly [string, CatalogueEntry])[] = Object.entries(CATALOGUE)
const calls = users.flatMap(findingCalls)

function findingCalls(file: SourceFile): readonly FindingCall[] {
  return [...file.code.matchAll(/\bfinding\(\s*'([^']+)'/g)].map((match) => {
    const rest = file.code.slice(match.index + match[0].length)
    const end = closingAt(rest, 1)
    const where = `${file.path}:${file.code.slice(0, match.index).split('\n').length}`
    return { where, code: match[1] ?? '', names: namesGiven(rest.slice(0, end)) }
  })
}

/** Where the bracket closes that is open `depth` deep at the start of the text. */
function closingAt(text: string, depth: number): number {
  let open = depth
  for (const [index, character] of [...text].entries()) {
    if ('([{'.includes(character)) open++
    if (')]}'.includes(character) && --open === 0) return index
  }
  return text.length
}

/** The names of the object literal among a call's arguments. */
function namesGiven(args: string): readonly string[] {
  const start = args.indexOf('{')
  if (start < 0) return []
  const inner = args.slice(start + 1)
  let flat = ''
  let depth = 0
  for (const character of inner.slice(0, closingAt(inner, 1))) {
    if ('([{'.includes(character)) depth++
    if (depth === 0) flat += character
    if (')]}'.includes(character)) depth--
  }
  return flat.split(',').flatMap((part) => /^\s*(\w+)\s*(?::|$)/.exec(part)?.[1] ?? [])
}

/** Chapter DIA of the contract: the severity of each code. */
const chapter = new Map(
  [...contract.rules.values()].flatMap(({ chapter: name, title, severity }) =>
    name === 'DIA' ? [[title.replaceAll('`', ''), severity]] : [],
  ),
)

const placeholders = (entry: CatalogueEntry) =>
  [...`${entry.message} ${entry.advice}`.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')

describe('the catalogue of verdicts', () => {
  it.each(entries)('%s can be reached (VRD-02)', (code) => {
    expect(users.filter((file) => file.code.includes(code)).map((file) => file.path)).not.toEqual([])
  })

  it.each(entries)('every finding of %s gives the values of its sentences (VRD-01)', (code, entry) => {
    for (const call of calls.filter((own) => own.code === code)) {
      expect(call.names, call.where).toEqual(expect.arrayContaining(placeholders(entry)))
    }
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

describe('the reader of findings', () => {
  it('sees every call and the names it gives', () => {
    const text = [
      "finding('a.b')",
      "finding('a.b', { x, y: f(1, { z: 2 }), w: [q, { r }] })",
      "finding(\n  'a.b',\n  { long: 'text',\n    other },\n)",
      "const more = [finding('c.d', { e }), 1]",
    ].join('\n')
    expect(findingCalls(sourceFile('a.ts', text)).map(({ code, names }) => [code, names])).toEqual([
      ['a.b', []],
      ['a.b', ['x', 'y', 'w']],
      ['a.b', ['long', 'other']],
      ['c.d', ['e']],
    ])
  })

  it('finds the findings of src', () => {
    expect(calls.length).toBeGreaterThan(30)
  })
})
