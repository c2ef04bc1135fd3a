import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BodyFacts } from '../../../../src/core/lookup/body-facts.ts'
import { suspectTable } from '../../../../src/core/lookup/suspect.ts'

/* What shows that a body is not the lookup table that was meant. */

const FORM = 'application/x-www-form-urlencoded'

function look(
  pieces: readonly Buffer[],
  contentType: string,
  read: Parameters<typeof suspectTable>[0]['read'],
) {
  const facts = new BodyFacts()
  for (const piece of pieces) facts.add(piece)
  facts.add(undefined)
  const { head, isUtf8 } = facts
  return suspectTable({ contentType, head, isUtf8, read }).map(({ values }) => values['what'])
}

/** The table that is read of a text without quotes. */
function tableOf(text: string) {
  const [header = '', ...rows] = text.split('\n').filter((line) => line !== '')
  return { columns: header.split(','), rowCount: rows.length }
}

const accepted = (text: string, contentType = 'text/csv') =>
  look([Buffer.from(text)], contentType, tableOf(text))
const refused = (body: Buffer | string, contentType = 'text/csv') =>
  look([Buffer.from(body)], contentType, undefined)

describe('a table that is read and may be another than was meant (DIA-120)', () => {
  it.each([
    ['id,name1,Ann2,Bob', FORM, /^the body has one line and the table no rows: curl -d strips/],
    ['id,name', 'text/csv', /^the body has one line, the header/],
    ['id,name\r1,Ann\r2,Bob', 'text/csv', /CR alone/],
    ['id;name,x\n1;Ann,2\n', 'text/csv', /separated by semicolons/],
    ['id\tname,x\n1\tAnn,2\n', 'text/csv', /separated by tabs/],
    [',name\n1,Ann\n', 'text/csv', /^the first column, which is the key, has no name/],
    ['id,name,\n1,Ann,\n', 'text/csv', /^column 3 has no name/],
    ['7,Ann\n8,Bob\n', 'text/csv', /^the first line was taken for the header, and 7 is no name/],
    ['\uFEFFid,name\n1,Ann\n', 'text/csv', /byte order mark/],
  ])('%j as %s: %s', (text, contentType, what) => {
    expect(accepted(text, contentType)).toEqual([expect.stringMatching(what)])
  })

  it.each(['id,name\n1,Ann\n', 'id,name\n1,"a;b"\n', 'song_id,2nd name\n1,é\n'])('%j is as meant', (text) => {
    expect(accepted(text)).toEqual([])
    expect(accepted(text, FORM)).toEqual([])
  })
})

describe('bytes that are no UTF-8 (DIA-120)', () => {
  const latin1 = (text: string) => look([Buffer.from(text, 'latin1')], 'text/csv', tableOf(text))

  it('Latin-1 is named', () => {
    expect(latin1('id,name\n1,Zoë\n')).toEqual([expect.stringMatching(/^the body is not UTF-8/)])
    expect(latin1('id,name\n1,Zo\u00eb')).toHaveLength(1)
  })

  it('a character that is cut by two pieces is none', () => {
    const bytes = Buffer.from('id,name\n1,€\n')
    const pieces = [...bytes].map((byte) => Buffer.from([byte]))
    expect(look(pieces, 'text/csv', { columns: ['id', 'name'], rowCount: 1 })).toEqual([])
    const cut = pieces.slice(0, -2)
    expect(look(cut, 'text/csv', { columns: ['id', 'name'], rowCount: 1 })).toHaveLength(1)
  })
})

describe('a body that is no table (DIA-120)', () => {
  it.each([
    ['', /^the body is empty/],
    ['id;name\n1;Ann\n', /separated by semicolons/],
    ['id\tname\n1\tAnn\n', /separated by tabs/],
    ['id|name\n1|Ann\n', /separated by vertical bars/],
    ['[{"id":1}]', /^the body is JSON/],
    ['{"id":1}', /^the body is JSON/],
    [gzipSync('id,name\n1,Ann\n'), /^the body is gzip/],
    ['PK\u0003\u0004\u0014', /^the body is a ZIP file/],
    [Buffer.from('id,name\n', 'utf16le'), /^the body is UTF-16/],
    [Buffer.from('\uFEFFid,name\n', 'utf16le'), /^the body is UTF-16/],
    [
      '--------x\r\nContent-Disposition: form-data; name="f"\r\n\r\nid,a\r\n',
      /^the body is a multipart form/,
    ],
  ])('%j', (body, what) => {
    expect(refused(body)).toEqual([expect.stringMatching(what)])
  })

  it('a percent-encoded form', () => {
    expect(refused('id%2Cname%0A1%2CAnn', FORM)).toEqual([expect.stringMatching(/percent-encoded/)])
  })

  it.each([
    ['<!doctype html><title>404</title>', /HTML/],
    ['@table.csv', /name of a file/],
    ['aWQsbmFtZQoxLGEKMixi', /base64/],
  ])('%s', (body, what) => expect(refused(body)).toEqual([expect.stringMatching(what)]))

  it('nothing is said of a single column', () => {
    expect(refused('id\n1\n')).toEqual([])
  })
})
