import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = new URL('../../', import.meta.url)

/**
 * Makes a file as `npm pack` does, of a package whose command runs the sources of this repository, so that it installs
 * in a second and without a registry. Out: its path in `directory`.
 */
export async function packStandIn(directory: string): Promise<string> {
  const { name, version, bin } = JSON.parse(
    await readFile(new URL('package.json', ROOT), 'utf8'),
  ) as Readonly<{ name: string; version: string; bin: Readonly<Record<string, string>> }>
  const folder = join(directory, 'stand-in')
  await mkdir(join(folder, 'dist'), { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version, bin, type: 'module' }))
  const command = `#!/usr/bin/env node\nawait import(${JSON.stringify(new URL('src/start.js', ROOT).href)})\n`
  await writeFile(join(folder, 'dist/bin.js'), command, { mode: 0o755 })
  const { stdout } = await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', directory], {
    cwd: folder,
  })
  return join(directory, stdout.trim())
}
