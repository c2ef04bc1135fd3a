import { readdir, readFile } from 'node:fs/promises'
import { PACKAGE_ROOT } from '../package-root.ts'

const MIGRATIONS = new URL('migrations/', PACKAGE_ROOT)

/** A migration: its name, by which they are ordered, and its SQL. */
export interface MigrationFile {
  readonly name: string
  readonly text: string
}

/** Reads all migrations, in their order. Loads no library, so that a start can call it first. */
export async function readMigrationFiles(): Promise<readonly MigrationFile[]> {
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql')).sort()
  return await Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -'.sql'.length),
      text: await readFile(new URL(file, MIGRATIONS), 'utf8'),
    })),
  )
}
