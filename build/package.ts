import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { bundle, inRoot } from './bundle.ts'
import { CJS_ENTRIES, ENTRIES } from './entries.ts'

// Builds the package into dist: JavaScript with source maps and types, from the sources that the repository runs itself.
// The page, in dist/page, is built by Vite and left alone.

const dist = inRoot('dist')

/** For the oldest Node that the package supports. */
const options = { transform: { target: 'node20.12' } }

/** The declarations that those of the entry points import, and no others. Paths below `folder`. */
async function reachable(folder: string, entries: readonly string[]): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path)) return
    seen.add(path)
    const text = await readFile(join(folder, path), 'utf8')
    const imported = [...text.matchAll(/\b(?:from |import\()['"](\.[^'"]+)\.ts['"]/g)]
    await Promise.all(imported.map(([, to = '']) => visit(join(dirname(path), `${to}.d.ts`))))
  }
  await Promise.all(entries.map(visit))
  return seen
}

const declarationOf = (source: string) => relative('src', source).replace(/\.[jt]s$/, '.d.ts')

async function buildTypes(): Promise<void> {
  const types = join(dist, 'types')
  const tsc = spawnSync(
    process.execPath,
    [inRoot('node_modules/typescript/bin/tsc'), '-p', inRoot('tsconfig.package.json')],
    {
      stdio: 'inherit',
    },
  )
  if (tsc.status !== 0) throw new Error('The declarations cannot be written: see the errors of tsc above.')
  const entries = Object.values(ENTRIES).filter((path) => path.endsWith('.ts'))
  const kept = await reachable(types, entries.map(declarationOf))
  for (const path of await readdir(types, { recursive: true })) {
    if (path.endsWith('.ts') && !kept.has(path)) await rm(join(types, path))
  }
  // The same declarations count as those of CommonJS below a package.json that says so.
  for (const path of await reachable(types, Object.values(CJS_ENTRIES).map(declarationOf))) {
    await cp(join(types, path), join(dist, 'cjs/types', path))
  }
}

async function clean(): Promise<void> {
  if (!existsSync(dist)) return
  for (const name of await readdir(dist)) {
    if (name === 'types' || name === 'cjs' || /\.js(\.map)?$/.test(name))
      await rm(join(dist, name), { recursive: true })
  }
}

await clean()
await bundle(ENTRIES, { dir: dist, format: 'esm' }, options)
await bundle(CJS_ENTRIES, { dir: join(dist, 'cjs'), format: 'cjs', exports: 'named' }, options)
await mkdir(join(dist, 'cjs'), { recursive: true })
await writeFile(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n')
await buildTypes()
await cp(inRoot('node_modules/kysely/LICENSE'), join(dist, 'LICENSE-kysely'))
await chmod(join(dist, 'bin.js'), 0o755)
