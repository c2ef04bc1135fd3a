import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { codeOf } from '../../start-error.ts'

const CHUNK_BYTES = 262_144

/** The bytes of a file, or of standard input for `-`; decompressed if they are gzip. Throws the errors of the system. */
export async function* readBytes(file: string): AsyncGenerator<Buffer> {
  const source: AsyncIterable<Buffer> =
    file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES })
  const chunks = source[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < 2) {
    const next = await chunks.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  const whole = from(head, chunks)
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* whole
    return
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  const fed = pipeline(Readable.from(whole), gunzip)
  // The reader below fails with the same error.
  fed.catch(() => undefined)
  yield* gunzip
  await fed
}

async function* from(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

/** What a file is called in a sentence. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file
}

/** Why a file cannot be read: the end of a sentence about it. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error)
  if (code === 'Z_BUF_ERROR') return 'is cut: the compressed data has no end (Z_BUF_ERROR)'
  if (code.startsWith('Z_')) return `is damaged gzip (${code})`
  return `cannot be read (${code})`
}
