import { describe, expect, it } from 'vitest'
import { readCommand } from '../../../src/cli/read-command.ts'
import { isLost, readAnswer } from '../../../src/cli/send/read-answer.ts'
import { Tally } from '../../../src/cli/send/tally.ts'
import { targetOf, tokenWriter } from '../../../src/cli/send/target.ts'

function command(...args: readonly string[]) {
  const read = readCommand(['send', 'f', ...args])
  if (!read.ok || read.value.kind !== 'send') throw new Error(read.ok ? read.value.kind : read.error)
  return read.value
}

describe('where records are sent', () => {
  it.each([
    [[], undefined, 'http://localhost:4100/track?verbose=1&explain=1'],
    [[], 'http://h:1/base/', 'http://h:1/base/track?verbose=1&explain=1'],
    [['--url', 'https://g'], 'http://h:1', 'https://g/track?verbose=1&explain=1'],
    [['--endpoint', '/engage'], '', 'http://localhost:4100/engage?verbose=1&explain=1'],
    [
      ['--endpoint', 'import', '--service-account', 'u:p', '--project-id', '7', '--strict'],
      undefined,
      'http://localhost:4100/import?verbose=1&strict=1&project_id=7&explain=1',
    ],
    [
      ['--url', 'https://api-eu.mixpanel.com', '--really'],
      undefined,
      'https://api-eu.mixpanel.com/track?verbose=1',
    ],
  ])('%s', (args, envUrl, url) => {
    expect(targetOf(command(...args), envUrl)).toMatchObject({ ok: true, value: { url } })
  })

  it.each([
    [['--endpoint', 'import', '--token', 't'], 't:'],
    [['--endpoint', 'import', '--token', 't', '--secret', 's'], 's:'],
    [['--endpoint', 'import', '--service-account', 'u:p', '--project-id', '7'], 'u:p'],
  ])('with credentials: %s', (args, pair) => {
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`
    expect(targetOf(command(...args), undefined)).toMatchObject({ value: { headers: { authorization } } })
  })

  it.each([
    [['--url', 'https://api.mixpanel.com'], undefined, /^https:\/\/api\.mixpanel\.com is Mixpanel itself: /],
    [[], 'https://API-JS.mixpanel.com/x', /is Mixpanel itself: .*--really/],
    [['--url', 'localhost:4100'], undefined, /^--url must be one such as http:\/\/localhost:4100/],
    [['--url', 'http://u:p@h'], undefined, /^--url must be/],
    [['--endpoint', 'import'], undefined, /^\/import needs credentials: --token/],
    [['--endpoint', 'import', '--service-account', 'u:p'], undefined, /needs --project-id/],
  ])('is refused: %s', (args, envUrl, message) => {
    expect(targetOf(command(...args), envUrl)).toEqual({ ok: false, error: expect.stringMatching(message) })
  })
})

describe('a token', () => {
  const write = (args: readonly string[], text: string) =>
    tokenWriter(command(...args))(JSON.parse(text), text)
  it.each([
    [
      'in place of another',
      ['--token', 't'],
      '{"event":"a","properties":{"token":"x"}}',
      '{"event":"a","properties":{"token":"t"}}',
    ],
    ['where there is none', ['--token', 't'], '{"properties":{}}', '{"properties":{"token":"t"}}'],
    [
      'and nothing else is touched',
      ['--token', 't'],
      '{"properties":{"token":"t", "n":1.0}}',
      '{"properties":{"token":"t", "n":1.0}}',
    ],
    [
      'not added to imports',
      ['--token', 't', '--endpoint', 'import'],
      '{"properties": {}}',
      '{"properties": {}}',
    ],
    [
      'in place of another in imports',
      ['--token', 't', '--endpoint', 'import'],
      '{"properties":{"token":1}}',
      '{"properties":{"token":"t"}}',
    ],
    ['in profiles', ['--token', 't', '--endpoint', 'engage'], '{"$set":{}}', '{"$set":{},"$token":"t"}'],
    ['kept without the option', [], '{"properties":{"token": "x"}}', '{"properties":{"token": "x"}}'],
    ['of what is no event', ['--token', 't'], '{"properties":5}', '{"properties":5}'],
  ])('is written: %s', (_name, args, text, written) => {
    expect(write(args, text)).toBe(written)
  })
})

describe('an answer', () => {
  const verdict = (more: object) => ({
    record_index: 0,
    outcome: 'dropped',
    code: 'a.b',
    severity: 'error',
    message: 'm',
    advice: 'n',
    ...more,
  })
  it.each([
    ['all stored', 200, { status: 1, error: null, verdicts: [] }, { stored: 3, remarks: [] }],
    ['one dropped', 200, { status: 1, verdicts: [verdict({}), verdict({ code: 'c' })] }, { stored: 2 }],
    [
      'a hint only',
      200,
      { status: 1, verdicts: [verdict({ outcome: 'stored', severity: 'info' })] },
      { stored: 3, remarks: [] },
    ],
    [
      'the request refused',
      200,
      { status: 0, verdicts: [verdict({ record_index: null, outcome: 'rejected' })] },
      { stored: 0 },
    ],
    [
      'an import in part',
      400,
      { code: 400, num_records_imported: 2, verdicts: [verdict({})] },
      { stored: 2 },
    ],
    ['of Mixpanel: 1', 200, 1, { stored: 3, remarks: [] }],
    [
      'of Mixpanel: 0',
      200,
      { error: 'token, missing or empty', status: 0 },
      { stored: 0, remarks: [{ message: 'token, missing or empty' }] },
    ],
    [
      'of Mixpanel: a strict import in part',
      400,
      { num_records_imported: 2, failed_records: [{ index: 1, field: 'event', message: 'bad' }] },
      { stored: 2, remarks: [{ index: 1, code: 'event', message: 'bad', outcome: 'rejected' }] },
    ],
  ])('says what was stored: %s', (_name, status, body, reading) => {
    expect(readAnswer({ status, body }, 3)).toMatchObject({ ok: true, value: reading })
  })

  it.each([
    [
      401,
      { error: 'Unauthorized', verdicts: [verdict({ record_index: null, message: 'Why.' })] },
      'The server answered 401: Unauthorized. Why. n',
    ],
    [404, undefined, 'The server answered 404. Is it the address of a Twinpanel server?'],
    [400, { error: 'data, missing or empty' }, 'The server answered 400: data, missing or empty.'],
  ])('ends the run: %s', (status, body, error) => {
    expect(readAnswer({ status, body }, 3)).toEqual({ ok: false, error })
  })
})

describe('the tally', () => {
  const batch = (before: number, lines: readonly number[]) => ({
    before,
    records: lines.map((line) => ({ line, text: '', bytes: 0 })),
  })
  const remark = { index: 1, outcome: 'dropped', code: 'a.b', message: 'm', advice: 'n' }

  it('knows how far the file was sent without a gap, in whatever order requests are answered', () => {
    const tally = new Tally(10)
    const done = { stored: 2, remarks: [] }
    tally.add(batch(12, [13, 14]), done)
    expect([tally.sent, tally.reached]).toEqual([2, 10])
    tally.add(batch(10, [11, 12]), done)
    expect([tally.sent, tally.reached]).toEqual([4, 14])
  })

  it('names the first lines of a reason, those of lost records first', () => {
    const tally = new Tally(0)
    tally.add(batch(2, [7, 8]), { stored: 1, remarks: [remark, { ...remark, outcome: 'changed' }] })
    tally.add(batch(0, [1, 2]), { stored: 1, remarks: [remark] })
    expect(tally.reasons).toMatchObject([
      { outcome: 'dropped', records: 2, lines: [2, 8] },
      { outcome: 'changed', records: 1, lines: [8] },
    ])
    expect(tally.reasons.map(isLost)).toEqual([true, false])
  })
})
