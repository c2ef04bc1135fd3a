import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { everyRule, stateOf } from '../../docs/compatibility.ts'
import { generatePages } from '../../docs/generate.ts'
import { contract, isRule, testsByRule } from './rules.ts'
import { readFiles } from './source.ts'

const pages = generatePages()
const compatibility = pages.find(({ path }) => path === 'compatibility.md')?.fresh ?? ''
const all = [...contract.rules.values()]

it.each(pages)('docs/$path is as its sources are: npm run docs (VRD-02)', ({ current, fresh }) => {
  expect(current).toBe(fresh)
})

it('the departures of the rules are listed with what Twinpanel does and why', () => {
  const departures = all.flatMap(({ id, departures: own }) => own.map((departure) => ({ id, ...departure })))
  expect(departures.length).toBeGreaterThan(80)
  const rows = compatibility.split('\n')
  const missing = departures.filter(
    ({ id, what, why }) =>
      !rows.some((row) => [`[${id}](`, ` | ${what} | ${why} |`].every((part) => row.includes(part))),
  )
  expect(missing).toEqual([])
})

it('every rule has its row, with the state that departures and tests give it', () => {
  const tests = testsByRule()
  const table = everyRule('../').split('\n')
  for (const rule of all) {
    const otherwise = tests.has(rule.id) ? 'held' : 'not tested'
    const state = rule.departures.length > 0 ? 'departs' : isRule(rule.id) ? otherwise : 'noted'
    expect(stateOf(rule)).toBe(state)
    const rows = table.filter((row) => row.startsWith(`| [${rule.id}](`))
    expect([rule.id, rows.map((row) => row.includes(` | ${state} | `))]).toEqual([rule.id, [true]])
    for (const path of tests.get(rule.id) ?? []) expect(rows[0]).toContain(`(../${path})`)
  }
})

/** A link of a page to a file of the repository. */
interface Link {
  readonly from: string
  readonly file: string
  /** Empty where it leads to the top of the file. */
  readonly anchor: string
}

const root = new URL('../../', import.meta.url)
const READ_AT_ROOT = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md']

const texts = new Map([
  ...readFiles('docs', '.md').map(({ path, text }) => [path, text] as const),
  ...READ_AT_ROOT.map((path) => [path, readFileSync(new URL(path, root), 'utf8')] as const),
])

function linksOf(from: string, text: string): readonly Link[] {
  const prose = text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = '', anchor = ''] = target.split('#')
    return [{ from, file: path === '' ? from : posix.join(posix.dirname(from), path), anchor }]
  })
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replace(/^```.*?^```$/gms, '').matchAll(/^#{1,6} (.+)$/gm)
  const anchors = [...headings].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  const given = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)
  return new Set([...anchors, ...given])
}

describe('the links of the documentation', () => {
  const links = [...texts].flatMap(([path, text]) => linksOf(path, text))

  it('lead to files that exist', () => {
    expect(links.length).toBeGreaterThan(100)
    expect(links.filter(({ file }) => !existsSync(new URL(file, root)))).toEqual([])
  })

  it('lead to headings that exist', () => {
    const lost = links.filter(({ file, anchor }) => {
      const text = texts.get(file)
      return anchor !== '' && text !== undefined && !anchorsOf(text).has(anchor)
    })
    expect(lost).toEqual([])
  })
})

describe('the pictures of the README', () => {
  const readme = texts.get('README.md') ?? ''
  const shown = [...readme.matchAll(/\b(?:src|srcset)="([^"]+)"/g)].map(([, path = '']) => path)

  it('are those of docs/images, in light and in dark', () => {
    const files = readdirSync(new URL('docs/images/', root)).map((name) => `docs/images/${name}`)
    expect(shown.toSorted()).toEqual(files.toSorted())
    const darkOf = (path: string) => path.replace('-light.', '-dark.')
    expect(
      shown
        .filter((path) => !path.includes('-dark.'))
        .map(darkOf)
        .toSorted(),
    ).toEqual(shown.filter((path) => path.includes('-dark.')).toSorted())
  })

  it('are pictures, of less than 200 KB each', () => {
    for (const path of shown) {
      const start = readFileSync(new URL(path, root)).toString('latin1', 0, 12)
      expect([path, start]).toEqual([path, expect.stringMatching(/^(?:<svg |RIFF[\s\S]{4}WEBP)/)])
      expect([path, statSync(new URL(path, root)).size < 200_000]).toEqual([path, true])
    }
  })
})
