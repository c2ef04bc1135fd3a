import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

export interface PageFile {
  readonly contentType: string
  readonly bytes: Buffer
  readonly gzipped: Buffer
  /** The value of the ETag header. */
  readonly etag: string
}

/** The built page: its files by path, such as `index.html` and `assets/index-x.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}

const compress = promisify(gzip)

/**
 * The latest build of the page, in memory: it is small, and only files in the map can be requested. A library for
 * static files would take longer to load at every start than all of this.
 */
export class PageFolder {
  readonly #folder: string
  #loaded: { readonly builtMs: number; readonly files: Promise<PageFiles> } | undefined

  /** In: the folder that the build writes to. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** The files, read on first use and again after a build; undefined before the first build. */
  async read(): Promise<PageFiles | undefined> {
    const builtMs = await modifiedMs(join(this.#folder, 'index.html'))
    if (builtMs === undefined) return undefined
    if (this.#loaded?.builtMs !== builtMs) this.#loaded = { builtMs, files: readPage(this.#folder) }
    return await this.#loaded.files
  }
}

async function modifiedMs(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    return undefined
  }
}

async function readPage(folder: string): Promise<PageFiles> {
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/'))
  const files = await Promise.all(
    names.map(async (name) => {
      const contentType = CONTENT_TYPES[extname(name)]
      return contentType === undefined
        ? []
        : [[name, await readPageFile(join(folder, name), contentType)] as const]
    }),
  )
  return new Map(files.flat())
}

async function readPageFile(path: string, contentType: string): Promise<PageFile> {
  const bytes = await readFile(path)
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  return { contentType, bytes, gzipped: await compress(bytes), etag: `"${hash}"` }
}
