import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** How much text is written at once: many records come alone. */
const CHUNK_CHARS = 65_536

/**
 * Writes lines to standard output, or to a file that has its name only when it is complete. Throws what the lines throw,
 * and errors of the system.
 */
export async function writeLines(
  lines: AsyncIterable<string>,
  { file, isGzip, signal }: { readonly file: string; readonly isGzip: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const source = Readable.from(inChunks(lines), { objectMode: false })
  const gzip = isGzip ? [createGzip()] : []
  if (file === '-') {
    await pipeline([source, ...gzip, process.stdout], { end: false, signal })
    return
  }
  const unfinished = `${file}.${process.pid}.part`
  try {
    await pipeline([source, ...gzip, createWriteStream(unfinished, { flags: 'wx' })], { signal })
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

async function* inChunks(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const text of lines) {
    chunk += text
    if (chunk.length < CHUNK_CHARS) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
