import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { importsOf, readFiles } from './source.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** What the image has no use for: the page is built, and the database is another. */
const NOT_IN_IMAGE = /^src\/(page|embedded-postgres)\//

const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

it('the image keeps the packages that the server imports, and no others', () => {
  const { dependencies }: { dependencies: Readonly<Record<string, string>> } = JSON.parse(
    read('package.json'),
  )
  const imported = new Set(
    readFiles('src', '.ts')
      .filter(({ path }) => !NOT_IN_IMAGE.test(path))
      .flatMap(importsOf)
      .flatMap(({ specifier, path }) => (path === undefined ? [packageOf(specifier)] : [])),
  )
  const removed = /npm uninstall (?:--\S+ )*\\\n\s*(.+?) \\\n/.exec(read('Dockerfile'))?.[1]?.split(' ') ?? []
  expect(removed.length).toBeGreaterThan(0)
  expect(removed).toEqual(
    Object.keys(dependencies)
      .filter((name) => !imported.has(name))
      .sort(),
  )
})

it('compose publishes on this machine alone, drops unknown tokens, and has no password of its own', () => {
  const compose = read('docker-compose.yml')
  expect(compose).toMatch(/- '\$\{TWINPANEL_PUBLISH:-127\.0\.0\.1\}:/)
  expect(compose.match(/\$\{[A-Z_]*(PASSWORD|TOKEN)\b(?!:\?)[^}]*\}/g)).toBeNull()
  expect(compose).toMatch(/TWINPANEL_UNKNOWN_TOKENS: \$\{TWINPANEL_UNKNOWN_TOKENS:-drop\}/)
  const services = compose.split(/^ {2}(?=\w+:$)/m).filter((part) => part.includes('restart:'))
  expect(services).toHaveLength(2)
  for (const service of services) {
    for (const bound of [
      'read_only: true',
      'cap_drop: [ALL]',
      'no-new-privileges:true',
      'mem_limit:',
      'pids_limit:',
    ]) {
      expect(service).toContain(bound)
    }
  }
})

it('the image has what the server reads at run time', () => {
  const [, image = ''] = read('Dockerfile').split(/^FROM .*\n(?=ENV)/m)
  const ignored = read('.dockerignore').split('\n')
  for (const folder of ['migrations', 'docs/contract']) {
    expect(image).toContain(`COPY ${folder} ${folder}\n`)
    expect(ignored).toContain(`!${folder}`)
  }
})
