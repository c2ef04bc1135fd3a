import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Names = Readonly<Record<string, string>>

/** What a lock file says of a package. */
interface Locked {
  readonly license?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly link?: boolean
  readonly dependencies?: Names
  readonly peerDependencies?: Names
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

interface Package extends Locked {
  readonly optionalDependencies: Names
  readonly devDependencies: Names
  readonly scripts: Names
  readonly allowScripts: Readonly<Record<string, boolean>>
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const own = JSON.parse(read('package.json')) as Package
const lock = (JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, Locked>> })
  .packages
const development = JSON.parse(read('dev/package.json')) as Package
const direct = {
  ...own.dependencies,
  ...own.optionalDependencies,
  ...own.devDependencies,
  ...development.optionalDependencies,
}

/** Where a package that is asked for at `from` has been put. */
function locate(from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`
    if (path in lock || at === '') return path in lock ? path : undefined
  }
}

/** The packages that one needs beside itself, and those of these; not what is optional. */
function needsOf(name: string): number {
  const seen = new Set<string>()
  const visit = (path: string | undefined): void => {
    if (path === undefined || seen.has(path)) return
    seen.add(path)
    const { dependencies, peerDependencies, peerDependenciesMeta } = lock[path] ?? {}
    const peers = Object.keys(peerDependencies ?? {}).filter(
      (peer) => !peerDependenciesMeta?.[peer]?.optional,
    )
    for (const needed of [...Object.keys(dependencies ?? {}), ...peers]) visit(locate(path, needed))
  }
  visit(`node_modules/${name}`)
  return seen.size - 1
}

const rows = [...read('docs/dependencies.md').matchAll(/^\| `(.+?)` \| (.+?) \| (\d+) \| (.+) \|$/gm)].map(
  ([, name = '', licence = '', needs = '', why = '']) => ({ name, licence, needs: Number(needs), why }),
)

describe('docs/dependencies.md', () => {
  it('has one row for each package of package.json, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(direct).sort())
  })

  it('gives the licence and the number of packages that the lock file has', () => {
    const locked = rows.map(({ name }) => ({
      name,
      licence: lock[`node_modules/${name}`]?.license,
      needs: needsOf(name),
    }))
    expect(rows.map(({ name, licence, needs }) => ({ name, licence, needs }))).toEqual(locked)
  })

  it('names every package that a script fetches, and the script its exact version', () => {
    const fetched = Object.values(own.scripts).flatMap((script) => [...script.matchAll(/ -p (\S+)@(\S+)/g)])
    expect(fetched.length).toBeGreaterThan(0)
    for (const [, name = '', version = ''] of fetched) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)])
      expect(read('docs/dependencies.md')).toContain(`\`${name}\``)
    }
  })

  it('gives each a reason', () => {
    expect(rows.filter(({ why }) => why.length < 5)).toEqual([])
  })
})

describe('the lock file', () => {
  it('has the hash of every package, and each version is exact', () => {
    const paths = Object.keys(lock).filter((path) => path.startsWith('node_modules/') && !lock[path]?.link)
    expect(paths.length).toBeGreaterThan(Object.keys(direct).length)
    expect(paths.filter((path) => !lock[path]?.integrity?.startsWith('sha512-'))).toEqual([])
    expect(Object.entries(direct).filter(([, version]) => !/^\d[\w.-]*$/.test(version))).toEqual([])
  })

  it('has no package whose script is to be run', () => {
    const scripted = Object.keys(lock).filter((path) => path !== '' && lock[path]?.hasInstallScript)
    const names = new Set(scripted.map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)))
    expect([...names].sort()).toEqual(Object.keys(own.allowScripts).sort())
    expect(Object.values(own.allowScripts)).not.toContain(true)
  })
})
