import { describe, expect, it } from 'vitest'
import { findJsonError } from '../../../src/page/explain/json-error.ts'
import { parseRecords } from '../../../src/page/explain/parse-records.ts'

/* What can be pasted into the explain view: JSON in its usual forms, and what SDKs put on the wire. */

const RECORD = {
  event: 'Kauf 🎉',
  properties: { token: 't', distinct_id: 'jürgen + co', finding: 'a=b&data=c' },
}
const json = JSON.stringify([RECORD])
const base64 = Buffer.from(json).toString('base64')
const urlSafe = Buffer.from(json).toString('base64url')

describe('records that are pasted', () => {
  it.each([
    ['a list', json],
    ['one record', JSON.stringify(RECORD)],
    ['one record a line', `${JSON.stringify(RECORD)}\n\n`],
    ['a form', `data=${encodeURIComponent(json)}&ip=1&verbose=1`],
    ['a form with + for blanks', new URLSearchParams({ verbose: '1', data: json }).toString()],
    ['a form with base64', `data=${encodeURIComponent(base64)}`],
    ['an address', `https://api-js.mixpanel.com/track/?verbose=1&data=${encodeURIComponent(base64)}&_=17`],
    ['base64', base64],
    ['URL-safe base64', urlSafe],
    ['base64 between blanks', `\n ${base64} \n`],
  ])('are read: %s', (_what, text) => {
    expect(parseRecords(text)).toEqual({ ok: true, records: [RECORD] })
  })

  it.each([
    ['', 'There are no records'],
    ['[]', 'The list has no records.'],
    ['data=%5B%7B', 'The decoded payload is not JSON. Line 1, column 3'],
    ['data=%E0%A4%A', 'The decoded payload is not JSON. Line 1, column 1: expected a value, got %'],
    ['QUJDREVGRw==', 'Line 1, column 1: expected a value, got QUJDREVGRw'],
  ])('are not: %s', (text, why) => {
    expect(parseRecords(text)).toMatchObject({ ok: false, detail: expect.stringContaining(why) })
  })

  it('are not, with the place in the text, unless it was decoded', () => {
    const second = `${JSON.stringify(RECORD)}\n\n{"event"`
    const detail = 'Line 3, column 9: expected :, got the end of the text'
    expect(parseRecords(second)).toEqual({ ok: false, detail, at: { line: 3, column: 9 } })
    expect(parseRecords('data=%5B%7B')).not.toHaveProperty('at')
  })
})

describe('the first error of a text that is not JSON', () => {
  it.each([
    ['{event: 1}', 1, 2, 'expected a name in double quotes or }, got event'],
    ["{'event': 1}", 1, 2, "expected a name in double quotes or }, got '"],
    ['[1,]', 1, 4, 'expected a value, got ]'],
    ['{"a":1,}', 1, 8, 'expected a name in double quotes, got }'],
    ['{"a" 1}', 1, 6, 'expected :, got 1'],
    ['[\n  {"a": 1}\n  {"b": 2}\n]', 3, 3, 'expected , or ], got {'],
    ['{"a": "b\n"}', 1, 9, 'expected a closing quote, got the end of the line'],
    ['{"a": "b', 1, 9, 'expected a closing quote, got the end of the text'],
    ['"C:\\users"', 1, 4, 'expected an escape such as \\n or \\u00e9, got \\'],
    ['[01]', 1, 2, 'expected a value or ], got 01'],
    ['[1.]', 1, 2, 'expected a value or ], got 1.'],
    ['[undefined]', 1, 2, 'expected a value or ], got undefined'],
    ['{"a": True}', 1, 7, 'expected a value, got True'],
    ['[“a”]', 1, 2, 'expected a value or ], got “'],
    ['["😀" x]', 1, 7, 'expected , or ], got x'],
    ['{"a":1}}', 1, 8, 'expected the end of the JSON, got }'],
    ['{\n}\n{\n}', 3, 1, 'expected the end of the JSON, got {. Put several records in a list: [ … ]'],
    ['[', 1, 2, 'expected a value or ], got the end of the text'],
  ])('is found in %j', (text, line, column, why) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(findJsonError(text)).toEqual({ line, column, detail: `Line ${line}, column ${column}: ${why}` })
  })

  it('is found wherever JSON.parse finds one, and nowhere else', () => {
    const whole = '{"a":[1,-2.5e+7,true,null,"\\u00e9\\n\u007f"],"b":{"c":{}}, "d":[] }\n'
    const isJson = (text: string) => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    const cut = [...whole].map((_, at) => whole.slice(0, at))
    const without = [...whole].map((_, at) => whole.slice(0, at) + whole.slice(at + 1))
    const doubled = [...whole].map((sign, at) => whole.slice(0, at) + sign + whole.slice(at))
    for (const text of [whole, ...cut, ...without, ...doubled]) {
      expect([text, findJsonError(text) === undefined]).toEqual([text, isJson(text)])
    }
  })

  it('of a text of megabytes without an end is found at once', () => {
    expect(findJsonError(`{"a":"${'x'.repeat(3_000_000)}`)?.column).toBe(3_000_007)
    expect(findJsonError('['.repeat(1_000_000))?.column).toBe(1_000_001)
  })
})
