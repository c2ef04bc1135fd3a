import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pack, unpack } from './archive.ts'
import { findCacheDirectory } from './cache-directory.ts'
import type { Context } from './context.ts'

/** What a cluster that nobody keeps is made to contain, so that the next one can be a copy of it. */
export interface Contents {
  /** Whatever they depend on, such as the text of the migrations. */
  readonly key: string
  /** Makes them. In: the URL of an empty database. */
  prepare(connectionString: string): Promise<void>
}

/** To be changed with what this module, initdb or the role's statements put into a template. */
const FORMAT = 1
const SUFFIX = '.cluster'
const UNUSED_MS = 30 * 24 * 3_600_000

/**
 * The copy of a prepared cluster that a user keeps on this machine, in one file. Copying it takes a tenth of the time of
 * initdb and the migrations. The file has a digest, appears by a rename, and can be removed at any time.
 */
export class Template {
  readonly #directory: string
  readonly #path: string
  readonly #context: Context

  private constructor(directory: string, name: string, context: Context) {
    this.#directory = directory
    this.#path = join(directory, `${name}${SUFFIX}`)
    this.#context = context
  }

  /** The template for a start, made or not. Undefined if the user has no cache directory. */
  static async find(context: Context, key: string): Promise<Template | undefined> {
    const directory = await findCacheDirectory('clusters')
    if (directory === undefined) return undefined
    const { version } = context.binaries
    const parts = [FORMAT, version, process.platform, process.arch, key]
    const name = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
    return new Template(directory, name, context)
  }

  /** Makes the home of a cluster from the template. False, and no home, if there is none that can be used. */
  async restore(): Promise<boolean> {
    const { layout, account } = this.#context
    try {
      const archive = await readFile(this.#path)
      unpack(archive, layout.home, account)
    } catch {
      await rm(layout.home, { recursive: true, force: true })
      return false
    }
    const now = new Date()
    await utimes(this.#path, now, now).catch(() => undefined)
    return true
  }

  /** Makes the template from the home of a cluster that has been stopped. Without room for it, there is none. */
  async save(): Promise<void> {
    const draft = `${this.#path}.${randomBytes(6).toString('hex')}`
    try {
      const archive = pack(this.#context.layout.home, await this.#emptySegments())
      await writeFile(draft, archive, { mode: 0o600, flag: 'wx' })
      await rename(draft, this.#path)
      await this.#removeUnused()
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined)
      this.#context.log.debug(`The template of the database could not be kept: ${String(error)}`)
    }
  }

  /** Removes a template from which Postgres did not start. */
  async discard(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => undefined)
  }

  /** The segments of the log that Postgres has made for later. The last checkpoint is in the first two at most. */
  async #emptySegments(): Promise<ReadonlySet<string>> {
    const names = await readdir(join(this.#context.layout.cluster, 'pg_wal'))
    return new Set(
      names
        .filter((name) => /^[0-9A-F]{24}$/.test(name))
        .sort()
        .slice(2),
    )
  }

  /** Removes the templates of other versions, and the drafts of killed processes, when nobody has used them for long. */
  async #removeUnused(): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name)
      const found = await stat(path).catch(() => undefined)
      if (found !== undefined && Date.now() - found.mtimeMs > UNUSED_MS) await rm(path, { force: true })
    }
  }
}
