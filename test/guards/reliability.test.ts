import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The rows of "What was tried, and what held": the file of the test, and what its title has. */
function rows(): readonly { readonly row: string; readonly path: string; readonly title: string }[] {
  const section = read('docs/reliability.md').split('## What was tried, and what held')[1] ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (---|what was tried)/.test(line))
    .map((row) => {
      const [, path = '', title = ''] = /\| `([^`]+)`: (.+) \|$/.exec(row) ?? []
      return { row, path, title }
    })
}

it('each row of what was tried names a test that is there', () => {
  expect(rows().length).toBeGreaterThan(30)
  const missing = rows().filter(
    ({ path, title }) => path === '' || title === '' || !read(path).includes(title),
  )
  expect(missing).toEqual([])
})
