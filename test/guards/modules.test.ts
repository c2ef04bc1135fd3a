import { describe, expect, it } from 'vitest'
import { findInCode, importsOf, readFiles, type SourceFile, sourceFile } from './source.ts'

interface Module {
  /** Other modules that may be imported. */
  readonly modules: readonly string[]
  /** Packages that may be imported. */
  readonly packages: readonly string[]
}

/** The modules that app.ts and server assemble. */
const PARTS = [
  'core',
  'store',
  'access',
  'ingest',
  'read',
  'maintenance',
  'metrics',
  'http',
  'api',
  'geo',
  'config.ts',
  'log.ts',
  'tls.ts',
]

/** The modules that run in browsers, too; those of the server give them only types. */
const IN_BROWSERS = ['page', 'client']

/** The modules that import none of Node. */
const WITHOUT_NODE = ['core', ...IN_BROWSERS]

/** What each module of src may import besides itself and, except for those without Node, its modules. */
const MODULES: Readonly<Record<string, Module>> = {
  core: { modules: [], packages: [] },
  store: { modules: ['core', 'package-root.ts'], packages: ['kysely', 'pg', 'pg-copy-streams'] },
  access: { modules: ['core', 'store'], packages: [] },
  ingest: { modules: ['core', 'store', 'access'], packages: ['csv-parse'] },
  read: { modules: ['core', 'store'], packages: [] },
  maintenance: { modules: ['core', 'store'], packages: [] },
  metrics: { modules: ['core'], packages: ['prom-client'] },
  http: {
    modules: ['core', 'access', 'ingest', 'read', 'maintenance', 'metrics'],
    packages: ['fastify'],
  },
  api: {
    modules: [
      'core',
      'store',
      'access',
      'ingest',
      'read',
      'maintenance',
      'metrics',
      'http',
      'package-root.ts',
    ],
    packages: ['fastify', '@fastify/swagger'],
  },
  page: { modules: ['api'], packages: ['preact', '@preact/signals', '@tanstack/virtual-core', 'd3-force'] },
  client: { modules: ['api', 'core'], packages: [] },
  fixtures: { modules: ['client', 'core', 'package-root.ts'], packages: ['vitest', 'expect'] },
  geo: { modules: ['core'], packages: ['maxmind'] },
  intercept: { modules: ['core', 'config.ts'], packages: [] },
  'embedded-postgres': { modules: ['core'], packages: ['pg'] },
  'config.ts': { modules: ['core', 'variables.ts'], packages: [] },
  'variables.ts': { modules: [], packages: [] },
  'log.ts': { modules: ['core', 'config.ts'], packages: ['pino'] },
  'tls.ts': { modules: ['core', 'config.ts'], packages: ['selfsigned'] },
  'start-error.ts': { modules: [], packages: [] },
  'package-root.ts': { modules: [], packages: [] },
  'background.ts': { modules: ['ingest', 'maintenance', 'store'], packages: ['pino'] },
  'app.ts': { modules: [...PARTS, 'background.ts'], packages: ['fastify', 'pino'] },
  server: {
    modules: [...PARTS, 'app.ts', 'start-error.ts', 'embedded-postgres', 'intercept'],
    packages: ['fastify', 'pino'],
  },
  workers: {
    modules: ['core', 'access', 'ingest', 'metrics', 'http', 'config.ts', 'start-error.ts', 'server'],
    packages: ['pino'],
  },
  package: {
    modules: ['core', 'api', 'config.ts', 'variables.ts', 'log.ts', 'server', 'intercept'],
    packages: [],
  },
  container: { modules: ['api', 'client', 'package-root.ts'], packages: ['testcontainers'] },
  playwright: {
    modules: ['core', 'client', 'fixtures', 'tls.ts'],
    packages: ['@playwright/test'],
  },
  cli: {
    modules: [
      'core',
      'api',
      'config.ts',
      'log.ts',
      'start-error.ts',
      'server',
      'workers',
      'package',
      'package-root.ts',
      'variables.ts',
      'intercept',
    ],
    packages: [],
  },
  'main.ts': { modules: ['cli', 'server'], packages: [] },
}

/** Where tests may start the embedded Postgres: its own tests, and the support that gives all others a database. */
const MAY_START_POSTGRES = /^test\/(support|process|unit\/embedded-postgres)\//

/** The imports of these files belong to other programs: they contain the setup of SDKs, as text. */
const HOLDS_PROGRAMS = /^src\/page\/setup\/[\w-]*snippets\.ts$/

const sources = readFiles('src', '.ts', '.tsx')
const moduleOf = (path: string) => path.split('/')[1] ?? ''
const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** The forbidden imports of a file, as sentences. */
function trespasses(file: SourceFile): readonly string[] {
  const name = moduleOf(file.path)
  const module = MODULES[name]
  if (module === undefined) return [`${file.path} is in a module that is not in the table`]
  return importsOf(file).flatMap(({ specifier, path }) => {
    if (path === undefined && HOLDS_PROGRAMS.test(file.path)) return []
    const isAllowed =
      path !== undefined
        ? moduleOf(path) === name || module.modules.includes(moduleOf(path))
        : specifier.startsWith('node:')
          ? !WITHOUT_NODE.includes(name)
          : module.packages.includes(packageOf(specifier))
    return isAllowed ? [] : [`${file.path} imports ${specifier}`]
  })
}

describe('the modules of src', () => {
  it('import only what the table allows', () => {
    expect(sources.flatMap(trespasses)).toEqual([])
  })

  it('are all in the table, which has no others', () => {
    expect([...new Set(sources.map((file) => moduleOf(file.path)))].sort()).toEqual(
      Object.keys(MODULES).sort(),
    )
  })

  it.each([
    ['src/core/a.ts', "import { sha1 } from 'node:crypto'"],
    ['src/core/a.ts', "import type { Db } from '../store/db.ts'"],
    ['src/core/decode/a.ts', "export { x } from '../../http/url.ts'"],
    ['src/core/a.ts', "const x = await import('pino')"],
    ['src/store/a.ts', "import {\n  a,\n  b,\n} from '../ingest/ingest.ts'"],
    ['src/ingest/a.ts', "import pg from 'pg'"],
    ['src/read/a.ts', "import { sql } from 'kysely/helpers'"],
    ['src/maintenance/a.ts', "import '../http/send.ts'"],
    ['src/http/a.ts', "import { addRoute } from '../api/routing/add-routes.ts'"],
    ['src/http/a.ts', "import { openDatabase } from '../store/db.ts'"],
    ['src/page/a.tsx', "import { join } from 'node:path'"],
    ['src/page/a.tsx', "import type { Db } from '../store/db.ts'"],
    ['src/client/a.ts', "import { request } from 'node:http'"],
    ['src/client/a.ts', "import { ok } from 'undici'"],
    ['src/http/a.ts', "import { App } from '../page/app.tsx'"],
    ['src/app.ts', "import { startEmbeddedPostgres } from './embedded-postgres/start.ts'"],
    ['src/core/a.ts', "import { x } from '../main.ts'"],
    ['src/package/a.ts', "import { serve } from '../cli/serve.ts'"],
    ['src/server/a.ts', "import { startTwinpanel } from '../package/start-twinpanel.ts'"],
    ['src/cellar/a.ts', ''],
  ])('a forbidden import is detected: %s with %s', (path, text) => {
    expect(trespasses(sourceFile(path, text))).toHaveLength(1)
  })

  it('are read to the last import', () => {
    const specifiers = sources.flatMap((file) => [...file.code.matchAll(/\bfrom '|\bimport\('/g)])
    expect(sources.flatMap(importsOf)).toHaveLength(specifiers.length)
    expect(specifiers.length).toBeGreaterThan(100)
  })

  it.each(IN_BROWSERS)('give the %s, which runs in browsers, only types', (name) => {
    const own = sources.filter((file) => moduleOf(file.path) === name)
    const fromServer = own.flatMap((file) =>
      importsOf(file).flatMap(({ specifier, path }) =>
        path !== undefined && moduleOf(path) !== name ? [{ file, specifier }] : [],
      ),
    )
    const isTypeOnly = ({ file, specifier }: (typeof fromServer)[number]) => {
      const statements = [...file.code.matchAll(/^(?:import|export)\b[^']*from '([^']+)'/gm)]
      const found = statements.filter(([, from]) => from === specifier)
      return found.length > 0 && found.every(([statement]) => /^(import|export) type \{/.test(statement))
    }
    expect(fromServer.length).toBeGreaterThan(0)
    expect(fromServer.filter((each) => !isTypeOnly(each))).toEqual([])
    expect(findInCode(own, /\b(process|Buffer|global|require)\b[.(]/)).toEqual([])
  })

  it('give the client no type of a package, which its users would have to install', () => {
    const byPath = new Map(sources.map((file) => [file.path, file]))
    const reached = new Set(sources.filter((file) => moduleOf(file.path) === 'client'))
    const packages: string[] = []
    for (const file of reached) {
      for (const { specifier, path } of importsOf(file)) {
        const imported = path === undefined ? undefined : byPath.get(path)
        if (imported === undefined) packages.push(`${file.path} imports ${specifier}`)
        else reached.add(imported)
      }
    }
    expect(reached.size).toBeGreaterThan(30)
    expect(packages).toEqual([])
  })

  it('do not import main.ts, and only server starts the embedded Postgres', () => {
    const tests = readFiles('test', '.ts').filter((file) => !MAY_START_POSTGRES.test(file.path))
    const outsiders = [...sources, ...tests].filter((file) => moduleOf(file.path) !== 'embedded-postgres')
    const importers = (target: RegExp) =>
      outsiders
        .filter((file) => importsOf(file).some(({ path }) => target.test(path ?? '')))
        .map((f) => f.path)
    expect(importers(/^src\/main\.ts$/)).toEqual([])
    expect(importers(/^src\/embedded-postgres\//).filter((path) => moduleOf(path) !== 'server')).toEqual([])
  })
})
