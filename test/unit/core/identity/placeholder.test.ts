import { describe, expect, it } from 'vitest'
import {
  describeNoName,
  isPlaceholder,
  placeholderFindings,
} from '../../../../src/core/identity/placeholder.ts'

function codeOf(id: string, field = '$user_id'): string | undefined {
  return placeholderFindings({ [field]: id })[0]?.code
}

describe('placeholderFindings', () => {
  it.each(['null', 'Undefined', ' none ', '<nil>', '0', '-1', '00000000-0000-0000-0000-000000000000', '{}'])(
    '%j is one that In Simplified ID Merge, /import refuses (IMP-16)',
    (id) => expect(codeOf(id)).toBe('identity.disallowed_id'),
  )

  it.each([
    ['printf', ['(null)', '(nil)', '(none)']],
    ['JavaScript', ['[object Object]', '[object Undefined]', '[object Promise]', 'NaN', 'Infinity']],
    ['JavaScript, of a function', ['() => user.id', 'function id() { return 1 }', '[Function: id]']],
    ['Swift', ['Optional(nil)', 'Optional("u1")']],
    ['.NET', ['System.Object', 'System.Threading.Tasks.Task`1[System.String]']],
    ['Java', ['com.example.User@4e50df2e', '[Ljava.lang.String;@1b6d3586']],
    ['Dart', ["Instance of 'User'"]],
    ['Python', ['<User object at 0x7f3a2c1d>', '<null>', '<none>']],
    ['Ruby', ['#<User:0x000055d5>']],
    ['Go', ['%!s(<nil>)', '&{u1 7}', 'map[id:u1]']],
    ['PHP', ['Array']],
    ['SQL', ['\\N', '(NULL)', '[NULL]']],
    ['spreadsheets', ['#N/A', '#NULL!']],
    ['analytics', ['(not set)', 'not_set', '(not provided)', 'guest']],
    ['quotes', ['"null"', "'undefined'", '""', '---']],
    [
      'devices',
      ['000000000000000', '00000000000000000000000000000000', '02:00:00:00:00:00', '9774d56d682e549c'],
    ],
    ['JSON', ['{"id":5}', '["u1"]']],
    ['Kotlin', ['User(id=1, name=Bob)']],
    ['MongoDB', ['ObjectId("507f1f77bcf86cd799439011")']],
    ['Python, of bytes', ["b'u1'"]],
    ['composed texts', ['user_undefined', 'user-null', 'acme:None', 'null_7', 'user_[object Object]']],
    ['the end of composed texts', ['user_Optional("u1")', 'user-%!d(string=u1)']],
  ])('what %s puts in place of an id is told: %j (DIA-107)', (_name, ids) => {
    for (const id of ids) expect([id, codeOf(id)]).toEqual([id, 'identity.placeholder_id'])
  })

  it.each([
    'user_id',
    'userId',
    'USER_ID',
    'user.id',
    'your_user_id',
    'distinct_id',
    '{{user_id}}',
    `\${user.id}`,
    '#{id}',
    '{user_id}',
    '<%= id %>',
    '{% id %}',
    '%user_id%',
    '%%USER%%',
    '*|EMAIL|*',
    '[[id]]',
    '$USER_ID',
    ':user_id',
    '%s',
    '%1$s',
    '%@',
    '__CLICKID__',
    'process.env.ID',
    '={{ $json.id }}',
    'user-{{id}}',
    `user-\${id}`,
  ])('%s is a name or a template, not a value (DIA-73)', (id) => {
    expect(codeOf(id)).toBe('identity.constant_user_id')
    expect(codeOf(id, '$device_id')).toBe('identity.placeholder_id')
  })

  it.each([
    'alice',
    'Nathan',
    'Nana',
    'null-island',
    'guest-17',
    'a@b.com',
    'anna.smith@abc.de',
    '+6512345678',
    '1',
    '100',
    '0001',
    '00',
    '$device:abc',
    'com.acme.app',
    'google-oauth2|1234',
    '@handle',
    '日本',
    'Ω',
    '.NET',
    'system.admin',
    '6F9619FF-8B86-D011-B42D-00CF4FC964FF',
    '{6F9619FF-8B86-D011-B42D-00CF4FC964FF}',
    'Optional',
    '_id1',
    'MTIz==',
    'annull',
    'nonnull-7',
    'Smith (junior)',
    'NaN7',
    'joanne',
  ])('%s may be an id (TRK-37)', (id) => expect(placeholderFindings({ $user_id: id })).toEqual([]))

  it('names the field of each, and nothing of those absent (TRK-37)', () => {
    const findings = placeholderFindings({ $user_id: '(null)', $device_id: undefined, distinct_id: 'nil' })
    expect(findings).toEqual([
      {
        code: 'identity.placeholder_id',
        values: { field: '$user_id', value: '(null)', what: 'what programs print for nothing' },
      },
      { code: 'identity.disallowed_id', values: { field: 'distinct_id', value: 'nil' } },
    ])
  })
})

it.each([['undefined', 'None', '(null)', '[object Object]', '{{event}}', `\${event}`, 'page_undefined']])(
  '%s, %s, %s, %s, %s, %s and %s are no names of events (DIA-135)',
  (...names) => {
    expect(names.filter((name) => describeNoName(name) === undefined)).toEqual([])
  },
)

it('events may have names that ids may not (DIA-135)', () => {
  const names = [
    '$identify',
    '$mp_web_page_view',
    'Unknown',
    'Guest',
    '-1',
    'page.viewed',
    '[App] Opened',
    'User ID',
  ]
  expect(names.filter((name) => describeNoName(name) !== undefined)).toEqual([])
})

it('knows placeholders whatever they stand for (DIA-107)', () => {
  expect(['undefined', '{{token}}', '[object Object]', 'shop'].map(isPlaceholder)).toEqual([
    true,
    true,
    true,
    false,
  ])
})
