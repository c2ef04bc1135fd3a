import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The versions of Node on this machine that the package runs on, with their programs. */
export function findNodes(): readonly (readonly [version: string, path: string])[] {
  const folders = [...new Set((process.env['PATH'] ?? '').split(delimiter))]
  const paths = [process.execPath, ...folders.map((folder) => join(folder, 'node'))].filter(existsSync)
  const found = paths.map(
    (path) => [execFileSync(path, ['--version'], { encoding: 'utf8' }).trim(), path] as const,
  )
  const supported = found.filter(([version]) => Number.parseInt(version.slice(1), 10) >= 20)
  return [...new Map(supported)]
}
