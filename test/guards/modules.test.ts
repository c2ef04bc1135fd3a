import { describe, expect, it } from 'vitest'
import { findInCode, importsOf, readFiles, type SourceFile, sourceFile } from './source.ts'

interface Room {
  /** Other rooms that may be imported. */
  readonly rooms: readonly string[]
  /** Packages that may be imported. */
  readonly packages: readonly string[]
}

/** What app.ts and main.ts put together. */
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

/** What each folder of src may import beside itself and, but for the core, what comes with Node. */
const ROOMS: Readonly<Record<string, Room>> = {
  core: { rooms: [], packages: [] },
  store: { rooms: ['core'], packages: ['kysely', 'pg', 'pg-copy-streams'] },
  access: { rooms: ['core', 'store'], packages: [] },
  ingest: { rooms: ['core', 'store', 'access'], packages: ['csv-parse'] },
  read: { rooms: ['core', 'store'], packages: [] },
  maintenance: { rooms: ['core', 'store'], packages: [] },
  metrics: { rooms: ['core'], packages: ['prom-client'] },
  http: {
    rooms: ['core', 'access', 'ingest', 'read', 'maintenance', 'metrics'],
    packages: ['fastify'],
  },
  api: {
    rooms: ['core', 'store', 'access', 'ingest', 'read', 'maintenance', 'metrics', 'http'],
    packages: ['fastify', '@fastify/swagger'],
  },
  page: { rooms: ['api'], packages: ['preact', '@preact/signals', '@tanstack/virtual-core', 'd3-force'] },
  geo: { rooms: ['core'], packages: ['maxmind'] },
  'embedded-postgres': { rooms: ['core'], packages: ['pg'] },
  'config.ts': { rooms: ['core', 'variables.ts'], packages: [] },
  'variables.ts': { rooms: [], packages: [] },
  'log.ts': { rooms: ['core', 'config.ts'], packages: ['pino'] },
  'tls.ts': { rooms: ['core', 'config.ts'], packages: ['selfsigned'] },
  'start-error.ts': { rooms: [], packages: [] },
  'background.ts': { rooms: ['ingest', 'maintenance', 'store'], packages: ['pino'] },
  'app.ts': { rooms: [...PARTS, 'background.ts'], packages: ['fastify', 'pino'] },
  'main.ts': {
    rooms: [...PARTS, 'app.ts', 'start-error.ts', 'embedded-postgres'],
    packages: ['fastify', 'pino'],
  },
}

/** Where tests may start the embedded Postgres: its own tests and what gives all others a database. */
const MAY_START_POSTGRES = /^test\/(support|process|unit\/embedded-postgres)\//

/** What these import is for other programs: they hold the set-up of SDKs, as text. */
const HOLDS_PROGRAMS = /^src\/page\/setup\/[\w-]*snippets\.ts$/

const sources = readFiles('src', '.ts', '.tsx')
const roomOf = (path: string) => path.split('/')[1] ?? ''
const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** Why a file may not import what it imports. */
function trespasses(file: SourceFile): readonly string[] {
  const name = roomOf(file.path)
  const room = ROOMS[name]
  if (room === undefined) return [`${file.path} is in a room that the table does not know`]
  return importsOf(file).flatMap(({ specifier, path }) => {
    if (path === undefined && HOLDS_PROGRAMS.test(file.path)) return []
    const isAllowed =
      path !== undefined
        ? roomOf(path) === name || room.rooms.includes(roomOf(path))
        : specifier.startsWith('node:')
          ? name !== 'core' && name !== 'page'
          : room.packages.includes(packageOf(specifier))
    return isAllowed ? [] : [`${file.path} imports ${specifier}`]
  })
}

describe('the rooms of src', () => {
  it('import only what the table lets them', () => {
    expect(sources.flatMap(trespasses)).toEqual([])
  })

  it('are all in the table, and the table has no other', () => {
    expect([...new Set(sources.map((file) => roomOf(file.path)))].sort()).toEqual(Object.keys(ROOMS).sort())
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
    ['src/http/a.ts', "import { App } from '../page/app.tsx'"],
    ['src/app.ts', "import { startEmbeddedPostgres } from './embedded-postgres/start.ts'"],
    ['src/core/a.ts', "import { x } from '../main.ts'"],
    ['src/cellar/a.ts', ''],
  ])('would be told apart: %s with %s', (path, text) => {
    expect(trespasses(sourceFile(path, text))).toHaveLength(1)
  })

  it('are read to the last import', () => {
    const specifiers = sources.flatMap((file) => [...file.code.matchAll(/\bfrom '|\bimport\('/g)])
    expect(sources.flatMap(importsOf)).toHaveLength(specifiers.length)
    expect(specifiers.length).toBeGreaterThan(100)
  })

  it('lend the page, which runs in browsers, nothing but types', () => {
    const page = sources.filter((file) => roomOf(file.path) === 'page')
    const ofApi = page.flatMap((file) =>
      importsOf(file).flatMap(({ specifier, path }) =>
        path?.startsWith('src/api/') ? [{ file, specifier }] : [],
      ),
    )
    const isTypeOnly = ({ file, specifier }: (typeof ofApi)[number]) => {
      const statements = [...file.code.matchAll(/^(?:import|export)\b[^']*from '([^']+)'/gm)]
      const found = statements.filter(([, from]) => from === specifier)
      return found.length > 0 && found.every(([statement]) => /^(import|export) type \{/.test(statement))
    }
    expect(ofApi.length).toBeGreaterThan(0)
    expect(ofApi.filter((each) => !isTypeOnly(each))).toEqual([])
    expect(findInCode(page, /\b(process|Buffer|global|require)\b[.(]/)).toEqual([])
  })

  it('keep their hands off main.ts, and only main.ts starts the embedded Postgres', () => {
    const tests = readFiles('test', '.ts').filter((file) => !MAY_START_POSTGRES.test(file.path))
    const outsiders = [...sources, ...tests].filter((file) => roomOf(file.path) !== 'embedded-postgres')
    const importers = (target: RegExp) =>
      outsiders
        .filter((file) => importsOf(file).some(({ path }) => target.test(path ?? '')))
        .map((f) => f.path)
    expect(importers(/^src\/main\.ts$/)).toEqual([])
    expect(importers(/^src\/embedded-postgres\//)).toEqual(['src/main.ts'])
  })
})
