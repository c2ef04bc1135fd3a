import { describe, expect, it } from 'vitest'
import { duplicateKey, readHeader, readRow } from '../../../../src/core/lookup/row.ts'

describe('the header (LKP-04)', () => {
  it.each([[['id', 'name']], [['id', '']], [['id', 'a', 'A']]])('%j is one', (fields) => {
    expect(readHeader(fields)).toEqual({ ok: true, value: fields })
  })

  it.each([
    [['id'], 'invalid header: at least two columns are required'],
    [['id', 'a', 'a'], 'invalid header: column names must be unique'],
    [['a\u0000', 'a\uFFFD'], 'invalid header: column names must be unique'],
  ])('%j is none: %s', (fields, error) => {
    expect(readHeader(fields)).toEqual({ ok: false, error })
  })
})

describe('a row (LKP-05)', () => {
  it('has its key as sent, and the values of the others', () => {
    const value = { index: 3, key: '007', values: ['x', null, 1] }
    expect(readRow(['007', 'x', '', '1'], 4, 3)).toEqual({ ok: true, value })
  })

  it.each([
    [['', 'x'], 'primary key is required and cannot be blank'],
    [[' \t', 'x'], 'primary key is required and cannot be blank'],
    [['k'], 'invalid row: wrong number of fields'],
    [['k', 'x', 'y'], 'invalid row: wrong number of fields'],
    [['', 'x', 'y'], 'invalid row: wrong number of fields'],
  ])('%j is none: %s', (fields, message) => {
    expect(readRow(fields, 2, 5)).toEqual({ ok: false, error: { index: 5, message } })
  })

  it('may not have the key of an earlier one', () => {
    const message = 'invalid row: row indexes 1 and 2 have the same primary key'
    expect(duplicateKey(1, 2)).toEqual({ index: 2, message })
  })
})
