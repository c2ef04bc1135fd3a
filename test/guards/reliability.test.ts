import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The rows of "Tested attacks": the file of the test, and what its title has. */
function rows(): readonly { readonly row: string; readonly path: string; readonly title: string }[] {
  const section = read('docs/reliability.md').split('## Tested attacks')[1] ?? ''
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
