import { describe, expect, it } from 'vitest'
import * as access from '../../src/core/answers/access.ts'
import * as imports from '../../src/core/answers/import.ts'
import * as ingestion from '../../src/core/answers/ingestion.ts'
import * as lookup from '../../src/core/answers/lookup.ts'
import * as reading from '../../src/core/answers/reading.ts'
import { readFiles } from './source.ts'

/* Mixpanel's exact words stand in src/core/answers, each once, with its source. */

const FOLDER = 'src/core/answers/'
const tables = readFiles('src/core/answers', '.ts')
const others = readFiles('src', '.ts').filter(({ path }) => !path.startsWith(FOLDER))

const words = Object.entries({ ...access, ...imports, ...ingestion, ...lookup, ...reading }).filter(
  ([, value]) => typeof value !== 'object',
)

/** What is left of a text without its slots, if it is long enough to be recognised. */
function fixedParts(value: unknown): readonly string[] {
  const text = typeof value === 'function' ? String(value('§', '§', '§')) : String(value)
  return text.split(/§|undefined/).filter((part) => part.trim().length > 20)
}

describe('the words of Mixpanel', () => {
  it.each(words)('%s is written nowhere else in src', (_name, value) => {
    for (const part of fixedParts(value)) {
      expect(others.filter(({ code }) => code.includes(part)).map(({ path }) => path)).toEqual([])
    }
  })

  it.each(tables)('each of $path has its rule and how it is known', ({ text }) => {
    const undocumented = [...text.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export const (\w+)/g)].filter(
      ([, comment = '']) =>
        !/\b([A-Z]{3}-\d+|Rows? \d+)/.test(comment) || !/\[(D|D-old|O|S|I)\]/.test(comment),
    )
    expect(undocumented.map(([, , name]) => name)).toEqual([])
  })
})
