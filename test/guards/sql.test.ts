import { describe, expect, it } from 'vitest'
import { findInCode, readFiles, sourceFile } from './source.ts'

/* How the statements of src/store are written: CONTRIBUTING.md, "SQL". */

const store = readFiles('src/store', '.ts')

/** A statement written where it is sent, but for the words that begin and end a transaction. */
const UNNAMED = /\.query(?:<[^()]*>)?\(\s*(?!'(?:begin|commit|rollback)')['"`].*/g

/** A table, a column or an alias of one letter. */
const ONE_LETTER = new RegExp(
  [
    /\bas [a-z]\b/,
    /\b(?:from|join|update|into|using) [a-z_]+ (?:as )?[a-z]\b/,
    /\b[a-z] (?:integer|text|bigint|boolean|jsonb|bytea)\b/,
    /\b[a-z]\.[a-z]+_[a-z_]+\b/,
    /\bas [a-z_]+ ?\([a-z]\b[ ,)]/,
    /\.as\('[a-z]'\)/,
  ]
    .map(({ source }) => source)
    .join('|'),
)

const PREPARED = /\bname: (['`])(.+?)\1,\s*text:/g

describe('a statement sent as text', () => {
  it('is a constant that says what it does', () => {
    const unnamed = (code: string) => [...code.matchAll(UNNAMED)].map(([found]) => found)
    expect(store.flatMap(({ code }) => unnamed(code))).toEqual([])
    expect(unnamed('await db.query<{ one: string }>(\n  `select 1`)')).toHaveLength(1)
  })

  it('that is prepared has a name of its own: Postgres keeps one text for each', () => {
    const names = store.flatMap(({ code }) => [...code.matchAll(PREPARED)].map(([, , name]) => name))
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('that is prepared is named as its constant is', () => {
    const constants = store.flatMap(({ code }) => [
      ...code.matchAll(/const ([A-Z_]+) = \{\s*name: '(\w+)',\s*text:/g),
    ])
    expect(constants.length).toBeGreaterThan(15)
    for (const [, constant, name] of constants) expect(name).toBe(constant?.toLowerCase())
  })
})

describe('names in SQL', () => {
  it('are words', () => {
    expect(findInCode(store, ONE_LETTER)).toEqual([])
  })

  it.each([
    'select count(*) as n from event',
    'select e.distinct_id from event',
    'select 1 from event e where true',
    'from jsonb_to_recordset($1) as row (p integer, d text)',
    'from unnest($1) as asked (d, place)',
    "numberSql(on).as('n')",
  ])('would be found: %s', (text) => {
    expect(findInCode([sourceFile('a.ts', text)], ONE_LETTER)).toEqual(['a.ts:1'])
  })
})
