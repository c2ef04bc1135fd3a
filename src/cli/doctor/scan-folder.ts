import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { readSettings, type Setting } from './read-settings.ts'

const MAX_FILES = 5_000
const MAX_DEPTH = 12
const MAX_BYTES = 524_288
const MAX_SETTINGS = 40

/** Folders of others' code, and of what is made from code. */
const PASSED_OVER =
  /^(?:node_modules|bower_components|vendor|Pods|Carthage|venv|env|__pycache__|site-packages|target|build|dist|out|coverage|tmp|DerivedData)$/
const LOOKED_AT =
  /^\.env(?:\..*)?$|^package\.json$|\.(?:[cm]?[jt]sx?|vue|svelte|html?|swift|kt|java|dart|py|rb|ru|rake|go|php|cs|ya?ml|toml|properties|xcconfig)$/

/** What was found in a folder, and whether all of it was looked at. */
export interface Scan {
  readonly settings: readonly Setting[]
  readonly files: number
  readonly isWhole: boolean
}

/** Looks for the settings of SDKs in a folder. In: where the server is, without http://. */
export async function scanFolder(folder: string, host: string): Promise<Scan> {
  const settings: Setting[] = []
  let files = 0
  let isWhole = true
  const waiting = [{ path: folder, depth: 0 }]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { path, depth } = next
    const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = join(path, entry.name)
      if (entry.isDirectory()) {
        if (entry.name.startsWith('.') || PASSED_OVER.test(entry.name)) continue
        if (depth < MAX_DEPTH) waiting.push({ path: child, depth: depth + 1 })
        else isWhole = false
      }
      if (!entry.isFile() || !LOOKED_AT.test(entry.name) || /\.min\.js$/.test(entry.name)) continue
      if (files >= MAX_FILES || settings.length >= MAX_SETTINGS) return { settings, files, isWhole: false }
      files += 1
      const text = await readText(child)
      if (/mixpanel/i.test(text)) settings.push(...readSettings(relative(folder, child), text, host))
    }
  }
  return { settings, files, isWhole }
}

/** Empty if it is too large, or cannot be read. */
async function readText(path: string): Promise<string> {
  const { size } = await stat(path).catch(() => ({ size: Number.POSITIVE_INFINITY }))
  return size > MAX_BYTES ? '' : await readFile(path, 'utf8').catch(() => '')
}
