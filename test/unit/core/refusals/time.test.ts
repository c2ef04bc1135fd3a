import { describe, expect, it } from 'vitest'
import type { Json } from '../../../../src/core/json.ts'
import { parseTimeMs } from '../../../../src/core/normalise/time.ts'
import { explainOddTime, explainRefusedTime, explainTimeText } from '../../../../src/core/refusals/time.ts'
import { NOW_MS } from '../../build.ts'

/** 2024-01-15T10:30:00Z, in seconds. */
const SECONDS = 1_705_314_600
const AS_NUMBER = `Send it as a number: ${SECONDS} (seconds since 1970) or ${SECONDS}000 (milliseconds)`

describe('a time that is no number', () => {
  it.each([
    '2024-01-15T10:30:00Z',
    ' 2024-01-15T10:30:00Z ',
    '2024-01-15 10:30',
    '2024-01-15T11:30:00+01:00',
    'Mon, 15 Jan 2024 10:30:00 GMT',
    'Mon Jan 15 2024 10:30:00 GMT+0000 (Greenwich Time)',
  ])('is read if it is a date, and shown as a number: %s (DIA-86)', (text) => {
    const { found, send } = explainTimeText(text)
    expect(found).toBe(`time is the date ${JSON.stringify(text)}`)
    expect(send).toBe(AS_NUMBER)
  })

  it.each<[Json, string, string]>([
    ['01/15/2024', 'a date as text', 'such as 1767225600'],
    ['15.1.24', 'a date as text', 'such as 1767225600'],
    ['Jan 15, 2024', 'a date as text', 'such as 1767225600'],
    ['/Date(1795977933000)/', 'around a number', '1795977933 (seconds'],
    ['1795977933,123', 'around a number', '1795977933 (seconds'],
    ['10:30', 'time is reserved', 'rename it'],
    ['PT5M', 'time is reserved', 'rename it'],
    ['morning', 'time is reserved', 'rename it'],
    ['{{timestamp}}', 'a template that was not filled in', 'Look for the variable'],
    ['<%= now %>', 'a template that was not filled in', 'Look for the variable'],
    ['0001-01-01T00:00:00Z', 'never set', 'never set'],
    ['undefined', 'time is "undefined"', 'never set'],
    ['', 'time is ""', 'omit time on /track'],
    [true, 'time is true', 'omit time on /track'],
    [[1], 'time is a list', 'omit time on /track'],
    [{ seconds: 1, nanos: 0 }, 'an object, with seconds, nanos', 'by itself'],
  ])('is explained to its sender: %j (DIA-86)', (value, found, send) => {
    const said = explainTimeText(value)
    expect(said.found).toContain(found)
    expect(said.send).toContain(send)
  })
})

describe('a time in another unit', () => {
  it.each<[string, Json]>([
    ['microseconds', SECONDS * 1e6],
    ['microseconds', String(SECONDS * 1e6)],
    ['nanoseconds', SECONDS * 1e9],
    ['ticks of .NET', 638_409_114_000_000_000],
    ['microseconds since 1601', 13_349_788_200_000_000],
    ['units of 100 ns since 1601', 133_497_882_000_000_000],
    ['a time as YYYYMMDDHHMMSS', 20_240_115_103_000],
    ['days since 1970', 19_737.4375],
    ['days of a spreadsheet', 45_306.4375],
    ['seconds since 2001', SECONDS - 978_307_200],
  ])('is named, with the value to send: %s, %j (DIA-65)', (unit, value) => {
    const { send } = explainOddTime(value, parseTimeMs(value) ?? 0, NOW_MS)
    expect(send).toBe(
      `It looks like ${unit}: send ${SECONDS} (seconds) or ${SECONDS}000 (milliseconds since 1970)`,
    )
  })

  it('may be the digits of a date (DIA-65)', () => {
    expect(explainOddTime(20_240_115, 0, NOW_MS).send).toContain('YYYYMMDD: send 1705276800 (seconds)')
    expect(explainOddTime(20_241_345, 0, NOW_MS).send).not.toContain('YYYYMMDD')
  })

  it.each([0, '0', -62_135_596_800])('%j was never set (DIA-65)', (value) => {
    expect(explainOddTime(value, 0, NOW_MS).send).toContain('never set')
  })

  it.each([45, '45', -5, 3.5])('%j may be a property of its sender’s own (DIA-65)', (value) => {
    expect(explainOddTime(value, 0, NOW_MS).send).toContain('rename it')
  })
})

describe('a time that a strict import refuses', () => {
  it.each<[string, Json, string]>([
    ['its unit', NOW_MS * 1_000, 'It looks like microseconds'],
    ['the clock of its sender', NOW_MS + 7_200_001, 'Check the clock of the sender'],
    ['the retention of the project', NOW_MS - 1e10, 'retention_days'],
  ])('is refused for %s (DIA-86)', (_why, value, send) => {
    expect(explainRefusedTime(value, NOW_MS).send).toContain(send)
  })

  it('says by how many hours it is ahead (DIA-86)', () => {
    expect(explainRefusedTime(NOW_MS + 7_200_001, NOW_MS).found).toContain('3 h after the server’s clock')
  })
})
