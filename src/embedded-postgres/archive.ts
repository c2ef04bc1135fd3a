import { createHash } from 'node:crypto'
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Account } from './user.ts'

/** What an archive says about itself: the directories and files, in the order in which they are written. */
interface Index {
  readonly directories: readonly string[]
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

const DIGEST_BYTES = 32
const LENGTH_BYTES = 4

/**
 * Packs the directories and files below a directory into one buffer: a digest, an index, and the contents. Leaves out the
 * files with one of the names in `without`.
 */
export function pack(directory: string, without: ReadonlySet<string>): Buffer {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const pathOf = (entry: (typeof entries)[number]) => relative(directory, join(entry.parentPath, entry.name))
  const files = entries
    .filter((entry) => entry.isFile() && !without.has(entry.name))
    .map((entry) => ({ path: pathOf(entry), content: readFileSync(join(entry.parentPath, entry.name)) }))
  const index: Index = {
    // The outer directories first.
    directories: entries
      .filter((entry) => entry.isDirectory())
      .map(pathOf)
      .sort(),
    files: files.map(({ path, content }) => ({ path, bytes: content.length })),
  }
  const head = Buffer.from(JSON.stringify(index))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(head.length)
  const body = Buffer.concat([length, head, ...files.map(({ content }) => content)])
  return Buffer.concat([digestOf(body), body])
}

/**
 * Unpacks an archive into a new directory, which the account owns then, readable for nobody else. Throws if the archive
 * is damaged, before it writes anything.
 */
export function unpack(archive: Buffer, directory: string, account: Account | undefined): void {
  const body = archive.subarray(DIGEST_BYTES)
  if (body.length < LENGTH_BYTES || !archive.subarray(0, DIGEST_BYTES).equals(digestOf(body))) {
    throw new Error('the archive is damaged')
  }
  const contents = LENGTH_BYTES + body.readUInt32BE()
  const index = JSON.parse(body.toString('utf8', LENGTH_BYTES, contents)) as Index
  const giveAway = (path: string) => {
    if (account !== undefined) chownSync(path, account.uid, account.gid)
  }
  for (const path of ['', ...index.directories]) {
    mkdirSync(join(directory, path), { mode: 0o700 })
    giveAway(join(directory, path))
  }
  let from = contents
  for (const { path, bytes } of index.files) {
    writeFileSync(join(directory, path), body.subarray(from, from + bytes), { mode: 0o600, flag: 'wx' })
    giveAway(join(directory, path))
    from += bytes
  }
}

function digestOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest()
}
