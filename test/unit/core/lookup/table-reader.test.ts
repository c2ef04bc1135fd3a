import { describe, expect, it } from 'vitest'
import { TableReader } from '../../../../src/core/lookup/table-reader.ts'

const BLANK = 'primary key is required and cannot be blank'
const WIDTH = 'invalid row: wrong number of fields'

describe('TableReader', () => {
  it('reads a table in any number of parts, the header first (LKP-04)', () => {
    for (const parts of [
      [
        [
          ['id', 'a'],
          ['1', 'x'],
          ['2', ''],
        ],
      ],
      [[['id', 'a']], [], [['1', 'x']], [['2', '']]],
    ]) {
      const reader = new TableReader()
      const rows = parts.flatMap((part) => {
        const read = reader.read(part)
        return read.ok ? read.value : []
      })
      expect(rows).toEqual([
        { index: 1, key: '1', values: ['x'] },
        { index: 2, key: '2', values: [null] },
      ])
      expect([reader.columns, reader.rowCount, reader.finish([])]).toEqual([
        ['id', 'a'],
        2,
        { ok: true, value: undefined },
      ])
    }
  })

  it('tells every row that failed, in their order, and keys that came twice behind them (LKP-05)', () => {
    const reader = new TableReader()
    reader.read([['id', 'a'], ['', 'x'], ['1', 'x'], ['2'], ['1', 'y']])
    expect(reader.errorsLeft()).toBe(8)
    const twice = { index: 4, message: 'invalid row: row indexes 2 and 4 have the same primary key' }
    expect(reader.finish([{ first: 2, index: 4 }])).toMatchObject({
      ok: false,
      error: {
        code: 'failed_rows',
        rowErrors: [{ index: 1, message: BLANK }, { index: 3, message: WIDTH }, twice],
      },
    })
  })

  it('stops at the tenth that failed (LKP-05)', () => {
    const reader = new TableReader()
    const read = reader.read([['id', 'a'], ...Array.from({ length: 20 }, () => ['', 'x'])])
    const rowErrors = Array.from({ length: 10 }, (_, at) => ({ index: at + 1, message: BLANK }))
    expect(read).toEqual({ ok: false, error: { code: 'failed_rows', rowErrors } })
    expect(reader.rowCount).toBe(10)
  })

  it('a row that is no CSV is the one after the last, or the header (LKP-05)', () => {
    const reader = new TableReader()
    expect(reader.breakOff('why')).toEqual({ code: 'bad_header', message: 'why' })
    reader.read([
      ['id', 'a'],
      ['1', 'x'],
    ])
    expect(reader.breakOff('why')).toEqual({ code: 'failed_rows', rowErrors: [{ index: 2, message: 'why' }] })
  })

  it('needs a header (LKP-04)', () => {
    const message = 'the request body has no header row'
    expect(new TableReader().finish([])).toEqual({ ok: false, error: { code: 'bad_header', message } })
    expect(new TableReader().read([['id']])).toMatchObject({ ok: false, error: { code: 'bad_header' } })
  })
})
