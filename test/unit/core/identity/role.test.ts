import { describe, expect, it } from 'vitest'
import type { IdManagement } from '../../../../src/core/identity/model.ts'
import { type Role, roleOf } from '../../../../src/core/identity/role.ts'

const A1 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
type Flags = 'alias' | 'identified' | 'canonical'

describe('roleOf', () => {
  it.each<readonly [string, IdManagement, string, readonly Flags[], Role]>([
    ['IDS-02', 'simplified', '$device:D1', [], 'device'],
    ['IDS-02', 'simplified', '$device:D1', ['canonical'], 'device'],
    ['IDS-03', 'simplified', 'U1', ['canonical'], 'user'],
    ['IDS-12', 'simplified', A1, ['canonical'], 'user'],
    ['IDS-17', 'simplified', 'knock', [], 'user'],
    ['IDO-04', 'original', 'U1', ['identified'], 'identified'],
    ['IDO-04', 'original', A1, [], 'anonymous'],
    ['IDO-23', 'original', A1, ['canonical'], 'anonymous'],
    ['IDO-02', 'original', `$device:${A1}`, [], 'anonymous'],
    ['IDO-12', 'original', A1, ['identified'], 'identified'],
    ['IDO-14', 'original', 'u1@x.io', ['alias'], 'alias'],
    ['IDO-14', 'original', A1, ['alias'], 'alias'],
    ['IDO-18', 'original', 'k', ['alias', 'identified'], 'identified'],
    ['IDO-07', 'original', 'session_abc123', [], 'id'],
    ['IDO-02', 'original', '$device:D1', ['canonical'], 'id'],
    ['IDL-01', 'legacy', '12345', ['canonical'], 'id'],
    ['IDL-01', 'legacy', 'sally', [], 'alias'],
    ['IDL-04', 'legacy', 'sally', ['alias'], 'alias'],
    ['IDL-09', 'legacy', '$device:D1', ['canonical'], 'id'],
  ])('%s: in a %s project %s that is %j is of the role %s', (_rule, mode, distinctId, flags, role) => {
    const isAlias = flags.includes('alias')
    const isIdentified = flags.includes('identified')
    const isCanonical = flags.includes('canonical')
    expect(roleOf(mode, { distinctId, isAlias, isIdentified, isCanonical })).toBe(role)
  })
})
