import { describe, expect, it } from 'vitest'
import { isDisallowed } from '../../../../src/core/validate/disallowed.ts'

const LIST =
  '00000000-0000-0000-0000-000000000000 anon anonymous nil none null n/a na undefined unknown <nil> 0 -1 true false [] {}'

describe('isDisallowed', () => {
  it.each(LIST.split(' '))('refuses %s, whatever its case and the blanks around it (IMP-16)', (id) => {
    expect(isDisallowed(id)).toBe(true)
    expect(isDisallowed(id.toUpperCase())).toBe(true)
    expect(isDisallowed(` \t${id}\n`)).toBe(true)
  })

  it.each([
    '',
    ' ',
    'anon1',
    'nobody',
    '00',
    '1',
    '-0',
    'not null',
    'nulls',
    '{ }',
    '00000000-0000-0000-0000-000000000001',
  ])('takes %j (IMP-16)', (id) => {
    expect(isDisallowed(id)).toBe(false)
  })
})
