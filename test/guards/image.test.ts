import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

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
