import { execFile } from 'node:child_process'
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What build/package.ts reads, and what the package has beside it. */
const SOURCES = ['src', 'build', 'tsconfig.json', 'tsconfig.package.json']
const FILES = ['package.json', 'migrations', 'docs/contract']

/** An application with the built package in its node_modules. Other packages are those of the repository. */
export interface Application {
  readonly directory: string
  remove(): Promise<void>
}

/** Builds the package, without the page, into an application of that name. */
export async function makeApplication(name: string): Promise<Application> {
  // Below the repository, so that the package and the application find what it has installed.
  const place = join(ROOT, 'test/artefacts', `${name}-${process.pid}`)
  const copy = join(place, 'sources')
  for (const path of [...SOURCES, ...FILES]) await cp(join(ROOT, path), join(copy, path), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  await promisify(execFile)(process.execPath, ['build/package.ts'], { cwd: copy })
  const directory = join(place, 'application')
  const installed = join(directory, 'node_modules/twinpanel')
  await mkdir(installed, { recursive: true })
  for (const path of ['dist', ...FILES])
    await cp(join(copy, path), join(installed, path), { recursive: true })
  await writeFile(join(directory, 'package.json'), '{ "name": "application", "type": "module" }\n')
  await rm(copy, { recursive: true })
  return { directory, remove: () => rm(place, { recursive: true, force: true, maxRetries: 5 }) }
}
