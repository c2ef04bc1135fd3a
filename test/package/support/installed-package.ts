import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What `npm pack` reads. */
const SOURCES = [
  'src',
  'migrations',
  'docs/contract',
  'build',
  'package.json',
  'tsconfig.json',
  'tsconfig.package.json',
  'vite.config.ts',
  'README.md',
  'LICENSE',
  'NOTICE',
  'CHANGELOG.md',
]

/** How a program ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `npm pack` on a copy of the sources, below `directory`. Out: the path of the archive. */
export async function packPackage(directory: string): Promise<string> {
  const copy = join(directory, 'sources')
  for (const name of SOURCES) await cp(join(ROOT, name), join(copy, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  await run('npm', ['pack', '--pack-destination', directory], { cwd: copy })
  const archive = (await readdir(directory)).find((name) => name.endsWith('.tgz'))
  if (archive === undefined) throw new Error('npm pack has written no archive')
  return join(directory, archive)
}

/** An application that has installed the archive. */
export async function installInto(directory: string, archive: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'package.json'), '{ "name": "application", "private": true }\n')
  await run('npm', ['install', '--save-dev', '--prefer-offline', archive], { cwd: directory })
}

/** Makes packages of this repository available to an application, as if it had installed them. */
export async function link(directory: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const to = join(directory, 'node_modules', name)
    await mkdir(dirname(to), { recursive: true })
    await symlink(join(ROOT, 'node_modules', name), to)
  }
}

/** Runs a program in the folder of an application, to its end. */
export async function runIn(
  directory: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const options = { cwd: directory, env: { PATH: process.env['PATH'] ?? '', HOME: directory, ...env } }
  try {
    return { code: 0, ...(await run(program, args, options)) }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Partial<Ended>
    if (typeof code !== 'number') throw error
    return { code, stdout, stderr }
  }
}
