import { readFileSync } from 'node:fs'

/**
 * The folder of package.json, as a URL that ends with a slash. The built package has all its modules in one folder below
 * it, as this one is below it here, so only this file may find files by its own place.
 */
export const PACKAGE_ROOT = new URL('../', import.meta.url)

/** The version in package.json. */
export function readVersion(): string {
  const text = readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8')
  return String((JSON.parse(text) as { version?: unknown }).version)
}
