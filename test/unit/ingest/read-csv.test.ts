import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BodyFacts } from '../../../src/core/lookup/body-facts.ts'
import { type CsvReadError, readCsv } from '../../../src/ingest/read-csv.ts'

interface Read {
  readonly rows: readonly (readonly string[])[]
  readonly error: CsvReadError | undefined
}

const maxSilenceMs = 60_000

/** Reads bytes that come in chunks of a size. */
async function read(bytes: Buffer, size = 1 << 16, isCompressed = false, maxBytes = 1e9): Promise<Read> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  )
  const rows: (readonly string[])[] = []
  let error: CsvReadError | undefined
  for await (const part of readCsv({
    stream: Readable.from(chunks),
    isCompressed,
    maxBytes,
    maxSilenceMs,
    facts: new BodyFacts(),
  })) {
    rows.push(...part.rows)
    error = part.error
  }
  return { rows, error }
}

const bad = (message: string) => ({ code: 'bad_row', message: `invalid row: ${message}` })

describe('RFC 4180 (LKP-04)', () => {
  it.each<[string, string, unknown[]]>([
    [
      'lines of LF',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'lines of CRLF',
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'both',
      'a,b\n1,2\r\n3,4',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'no line end at the end',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'empty lines',
      '\n\na,b\n\r\n1,2\n\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'quotes',
      'a,b\n"x ""y"", z","1\n2"\n',
      [
        ['a', 'b'],
        ['x "y", z', '1\n2'],
      ],
    ],
    ['a mark of byte order', '\uFEFFa,b\n', [['a', 'b']]],
    ['rows of any width', 'a,b\n1\n1,2,3\n', [['a', 'b'], ['1'], ['1', '2', '3']]],
    ['white space', ' a , b \n', [[' a ', ' b ']]],
    [
      'text of many scripts',
      'ä,😀\nж,漢\n',
      [
        ['ä', '😀'],
        ['ж', '漢'],
      ],
    ],
    ['nothing', '', []],
    ['U+0000', 'a\u0000,b\n', [['a\u0000', 'b']]],
  ])('%s, however it is cut', async (_name, text, rows) => {
    for (const size of [1, 2, 3, 7, 1_000]) {
      expect(await read(Buffer.from(text), size)).toEqual({ rows, error: undefined })
    }
  })

  it('bytes that are no UTF-8 become U+FFFD', async () => {
    expect((await read(Buffer.from([0x61, 0xff, 0x2c, 0xc3, 0x0a]))).rows).toEqual([['a\uFFFD', '\uFFFD']])
  })
})

describe('faults (LKP-05)', () => {
  it.each([
    ['a,b\n1,"2\n3,4\n', 'extraneous or missing " in quoted-field'],
    ['a,b\n1,"2"x\n3,4\n', 'extraneous or missing " in quoted-field'],
    ['a,b\n1,2"x"\n3,4\n', 'bare " in non-quoted field'],
  ])('%j, however it is cut', async (text, message) => {
    for (const size of [1, 3, 1_000]) {
      expect(await read(Buffer.from(text), size)).toEqual({ rows: [['a', 'b']], error: bad(message) })
    }
  })

  it('a row that does not end', async () => {
    const { error } = await read(Buffer.from(`a,"${'x'.repeat(3_000_000)}`))
    expect(error).toEqual(bad('longer than 1048576 characters'))
  })

  it.each([
    ['that ends', '\n1,2\n'],
    ['at the end', ''],
  ])('fields of 1 048 576 characters are a row, and not much more is: %s', async (_where, rest) => {
    const row = (length: number) => Buffer.from(`${'x'.repeat(length - 1)},y${rest}`)
    const { rows, error } = await read(row(1_048_576))
    expect([rows[0]?.[0]?.length, error]).toEqual([1_048_575, undefined])
    // The parser looks before it adds a character, so the last one is not counted.
    expect((await read(row(1_048_578))).error).toEqual(bad('longer than 1048576 characters'))
  })

  it('more bytes than may be, compressed or not (LKP-06)', async () => {
    const text = Buffer.from('a,b\n'.repeat(100_000))
    expect((await read(text, 1_000, false, 399_999)).error).toEqual({ code: 'too_large' })
    expect((await read(text, 1_000, false, 400_000)).rows).toHaveLength(100_000)
    expect((await read(gzipSync(text), 100, true, 399_999)).error).toEqual({ code: 'too_large' })
    expect((await read(gzipSync(text), 100, true, 400_000)).rows).toHaveLength(100_000)
  })

  it('what is no gzip, or half of one', async () => {
    expect((await read(Buffer.from('a,b\n'), 10, true)).error).toEqual({ code: 'bad_gzip' })
    const half = gzipSync(Buffer.from('a,b\n'.repeat(1_000))).subarray(0, 20)
    expect((await read(half, 10, true)).error).toEqual({ code: 'bad_gzip' })
    expect((await read(Buffer.alloc(0), 10, true)).error).toEqual({ code: 'bad_gzip' })
  })

  it('a sender that goes away, before or while it is read', async () => {
    for (const isGoneBefore of [true, false]) {
      const stream = new Readable({ read: () => undefined })
      stream.push('a,b\n')
      const go = () => stream.destroy(new Error('aborted'))
      stream.on('error', () => undefined)
      if (isGoneBefore) go()
      else setTimeout(go, 10)
      const faults: unknown[] = []
      for await (const { error } of readCsv({
        stream,
        isCompressed: false,
        maxBytes: 100,
        maxSilenceMs,
        facts: new BodyFacts(),
      }))
        faults.push(error)
      expect(faults.at(-1)).toEqual({ code: 'broken_off' })
    }
  })

  it('a sender that says nothing more', async () => {
    const stream = new Readable({ read: () => undefined })
    stream.push('a,b\n')
    const faults: unknown[] = []
    const body = { stream, isCompressed: false, maxBytes: 100, maxSilenceMs: 1, facts: new BodyFacts() }
    for await (const { error } of readCsv(body)) faults.push(error)
    expect(faults.at(-1)).toEqual({ code: 'broken_off' })
    expect(stream.destroyed).toBe(false)
  })

  it('reading may end early, and the rest flows', async () => {
    const stream = Readable.from(Array.from({ length: 1_000 }, () => Buffer.from('a,b\n'.repeat(1_000))))
    for await (const _ of readCsv({
      stream,
      isCompressed: false,
      maxBytes: 1e9,
      maxSilenceMs,
      facts: new BodyFacts(),
    }))
      break
    await new Promise((resolve) => stream.once('end', resolve))
    expect(stream.destroyed || stream.readableEnded).toBe(true)
  })
})
