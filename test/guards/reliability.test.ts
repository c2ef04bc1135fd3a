import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FAULTS } from '../faults/faults.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** A section of the page, without its heading. */
function sectionOf(heading: string): string {
  const [, after = ''] = read('docs/reliability.md').split(`\n## ${heading}\n`)
  return after.split('\n## ', 1)[0] ?? ''
}

/** The rows of "Tested attacks": the file of the test, and what its title has. */
function rows(): readonly { readonly row: string; readonly path: string; readonly title: string }[] {
  const section = sectionOf('Tested attacks')
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (---|attack)/.test(line))
    .map((row) => {
      const [, path = '', title = ''] = /\| `([^`]+)`: (.+) \|$/.exec(row) ?? []
      return { row, path, title }
    })
}

it('each row of the tested attacks names a test that exists', () => {
  expect(rows().length).toBeGreaterThan(30)
  const missing = rows().filter(
    ({ path, title }) => path === '' || title === '' || !read(path).includes(title),
  )
  expect(missing).toEqual([])
})

it('each row of the survived faults is one of the harness, and shows nothing lost or doubled', () => {
  const lines = sectionOf('Survived faults').split('\n')
  const found = lines.flatMap((line) => {
    const [, name, lost, doubled] =
      /^\| .+ \(`([\w-]+)`\) \| \d+\/s \| [\d,]+ \| ([\d,]+) \| ([\d,]+) \|/.exec(line) ?? []
    return name === undefined ? [] : [{ name, lost, doubled }]
  })
  expect(found).toEqual(FAULTS.map(({ name }) => ({ name, lost: '0', doubled: '0' })))
})
