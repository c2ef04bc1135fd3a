import { describe, expect, it } from 'vitest'
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
    ['{event: 1}', 'This is not JSON'],
    [`${JSON.stringify(RECORD)}\n{"event"`, 'Line 2 is not JSON.'],
    ['data=%5B%7B', 'This is not JSON'],
    ['data=%E0%A4%A', 'This is not JSON'],
    ['QUJDREVGRw==', 'This is not JSON'],
  ])('are not: %s', (text, why) => {
    expect(parseRecords(text)).toEqual({ ok: false, detail: expect.stringContaining(why) })
  })
})
