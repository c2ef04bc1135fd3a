import { describe, expect, it } from 'vitest'
import type { Change, Claim, Decision, IdentityRules } from '../../../../src/core/identity/model.ts'
import { ORIGINAL } from '../../../../src/core/identity/original.ts'
import { IdentityState } from '../../../../src/core/identity/state.ts'
import { DEFAULT_SETTINGS } from '../../../../src/core/settings.ts'
import { codesOf } from '../../build.ts'

/** What the tables call A1, A2 and so on. */
const LONG: Readonly<Record<string, string>> = {
  A1: '4f6d1a3e-0b1c-4d2e-8f3a-000000000001',
  A2: '4f6d1a3e-0b1c-4d2e-8f3a-000000000002',
  UPPER: '4F6D1A3E-0B1C-4D2E-8F3A-00000000000A',
  OLD: '13bbf7943e584-0885c2531-5c793977-3e8000-13bbf7943e64cf',
}
const long = (text: string) => text.replace(/\b(A1|A2|UPPER|OLD)\b/g, (name) => LONG[name] ?? name)
const short = (text: string) =>
  Object.entries(LONG).reduce((own, [name, id]) => own.replaceAll(id, name), text)

/**
 * A state: clusters, the first seen first, with a slash between; of each the canonical id comes first, an
 * identified id has a `*` and an alias a `=`.
 */
function stateOf(world: string): IdentityState {
  const clusters = long(world)
    .split(' / ')
    .filter(Boolean)
    .map((text, seen) => {
      const marked = text.split(' ')
      const ids = marked.map((own) => own.replace(/[*=]+$/, ''))
      const identified = ids.filter((_id, at) => marked[at]?.includes('*'))
      const aliases = ids.filter((_id, at) => marked[at]?.includes('='))
      return { canonical: ids[0] ?? '', size: ids.length, seen, identified, aliases, ids, marked }
    })
  const ids = clusters.flatMap((own) =>
    own.ids.map((distinctId, at) => {
      const isAlias = own.marked[at]?.includes('=') ?? false
      const isIdentified = own.identified.includes(distinctId)
      return { distinctId, canonical: own.canonical, isAlias, isIdentified }
    }),
  )
  return new IdentityState({ ids, clusters })
}

/** `identify anon user`, `alias name of`, `merge one other` or `event distinct_id device user`; `-` for no id. */
function claimOf(text: string): Claim {
  const [kind, ...words] = long(text).split(' ')
  const [one, other, third] = words.map((word) => (word === '-' ? undefined : word))
  switch (kind) {
    case 'identify':
      return { kind, distinctId: other ?? '', anonId: one, identifiedId: other }
    case 'alias':
      return { kind, distinctId: other ?? '', alias: one, of: other }
    case 'merge':
      return { kind, distinctId: one ?? '', ids: [one ?? '', other ?? ''] }
    default:
      return { kind: 'event', distinctId: one ?? '', deviceId: other, userId: third }
  }
}

function decide(world: string, text: string, rules: Partial<IdentityRules> = {}): Decision {
  const [state, claim] = [stateOf(world), claimOf(text)]
  for (const id of ORIGINAL.firstSeenIds(claim)) state.find(id)
  const made = ORIGINAL.decide(claim, state, { ...DEFAULT_SETTINGS, ...rules })
  expect(state.isUnchanged).toBe(true)
  expect(made.distinctId).toBe(claim.distinctId)
  return made
}

/** `from+to=canonical` for ids that become one, and `id is alias`. */
function wordsOf(change: Change): string {
  if (change.kind === 'flag') return short(`${change.distinctId} is ${change.as}`)
  return short(`${change.from}+${change.to}=${change.canonical}`)
}

/** Rows of what is done: the rule and case, the state, the claim, the changes, the codes without `identity.`. */
type Done = readonly [name: string, world: string, claim: string, changes: string, codes: string]

function expectDone(world: string, claim: string, changes: string, codes: string): void {
  const made = decide(world, claim)
  expect([made.changes.map(wordsOf).join(', '), made.annotations]).toEqual([changes, undefined])
  expect(codesOf(made.findings)).toEqual(
    codes
      .split(' ')
      .filter(Boolean)
      .map((code) => `identity.${code}`),
  )
}

/** Why a verb is refused: its own reason and text, and our code. */
const WHY: Readonly<Record<string, readonly [code: string, text: string]>> = {
  errSameIDs: ['identity.same_ids', 'Identified and anon ID are same in the identify request '],
  errAnonDistinctIdNonGUIDForm: [
    'identity.anon_not_guid',
    "$anon_distinct_id didn't match expected GUID pattern: ",
  ],
  errAnonDistinctIdAssignedAlready: [
    'identity.anon_already_identified',
    '$anon_distinct_id already identified: ',
  ],
  errManyIDs: ['identity.cluster_full', 'too many distinctIDs mapped together, Cluster size: '],
  errAliasAlreadyExists: ['identity.alias_exists', 'alias already exists with the id'],
}

/** Rows of what is refused: the rule and case, the state, the claim, the reason and its value, the most ids. */
type Refused = readonly [
  name: string,
  world: string,
  claim: string,
  reason: string,
  value: string,
  max: number,
]
const MAX = 501

function expectRefused(made: Decision, reason: string, value: string, severity?: 'info'): void {
  const [code, text = ''] = WHY[reason] ?? []
  const description = reason === 'errManyIDs' ? `${value} Max limit: 500` : long(value)
  expect([made.changes, made.annotations]).toEqual([
    [],
    { $failure_reason: reason, $failure_description: text + description },
  ])
  expect(made.findings.map((own) => [own.code, own.severity])).toEqual([[code, severity]])
}

const NO_GUID = 'errAnonDistinctIdNonGUIDForm'
const TAKEN = 'errAnonDistinctIdAssignedAlready'
const ALIASED = 'errAliasAlreadyExists'
const ANON = 'canonical_is_anonymous'

describe('ORIGINAL.decide: an event links nothing', () => {
  it.each<Done>([
    ['one id', '', 'event U1 - -', '', ''],
    ['a device alone', '', 'event U1 A1 -', '', ''],
    ['a user alone', 'A1 U1*', 'event U1 - U1', '', ''],
    ['both ids, unknown', '', 'event U1 A1 U1', '', 'dual_id_inert'],
    ['both ids, two users', 'A1 / U1*', 'event U1 A1 U1', '', 'dual_id_inert'],
    ['both ids, the device another’s', 'A1 U2* / U1*', 'event U1 A1 U1', '', 'dual_id_inert'],
    ['both ids, one user', 'A1 U1*', 'event U1 A1 U1', '', ''],
    ['both ids, one user by the prefixed device', '$device:A1 U1*', 'event U1 A1 U1', '', ''],
    ['both ids, and the distinct_id of a third', '', 'event x A1 U1', '', 'dual_id_inert'],
  ])('%s (IDO-01)', (_name, ...row) => expectDone(...row))
})

describe('ORIGINAL.decide: $identify', () => {
  it.each<Done>([
    ['both unknown (IDO-04)', '', 'identify A1 U1', 'A1+U1=A1, U1 is identified', ANON],
    ['a known device (IDO-04)', 'A1', 'identify A1 U1', 'A1+U1=A1, U1 is identified', ANON],
    ['a known user (IDO-04)', 'U1', 'identify A1 U1', 'A1+U1=U1, U1 is identified', ''],
    ['a user seen before the device (IDO-04)', 'U1 / A1', 'identify A1 U1', 'A1+U1=U1, U1 is identified', ''],
    ['a second device (IDO-31)', 'U1* A2', 'identify A1 U1', 'A1+U1=U1', ''],
    ['of a user who goes by a device (IDO-31)', 'A2 U1*', 'identify A1 U1', 'A1+U1=A2', ANON],
    ['a device with another (IDO-04)', 'U1 / A2 A1', 'identify A1 U1', 'A1+U1=U1, U1 is identified', ''],
    [
      'a device with an alias (IDO-04)',
      'U1 / A1 k=',
      'identify A1 U1',
      'A1+U1=U1, U1 is identified',
      'people_joined',
    ],
    ['a device that is an alias (IDO-04)', 'U1 / k A1=', 'identify A1 U1', 'A1+U1=U1, U1 is identified', ''],
    ['one user already, not identified (IDO-04)', 'A1 U1', 'identify A1 U1', 'U1 is identified', ''],
    ['an alias as the user (IDO-04)', 'U1 k=', 'identify A1 k', 'A1+k=U1, k is identified', ANON],
    ['the form of old SDKs (IDO-10)', 'U1*', 'identify OLD U1', 'OLD+U1=U1', 'anon_not_uuid4'],
    ['five short groups (IDO-10)', 'U1*', 'identify a-b-c-d-e U1', 'a-b-c-d-e+U1=U1', 'anon_not_uuid4'],
    ['upper case (IDO-10)', 'U1*', 'identify UPPER U1', 'UPPER+U1=U1', ''],
    ['a prefix (IDO-10)', 'U1*', 'identify $device:A1 U1', '$device:A1+U1=U1', ''],
    ['a prefix makes another id (IDO-02)', 'A1 U2* / U1*', 'identify $device:A1 U1', '$device:A1+U1=U1', ''],
    ['a UUID that was, one user already (IDO-12)', 'U1 A1*', 'identify A1 U1', 'U1 is identified', ''],
    [
      'a UUID that was the last person (IDO-12)',
      'A2 A1*',
      'identify A1 U2',
      'A1+U2=A2, U2 is identified',
      `${ANON} shared_device_merge`,
    ],
    [
      'the same, the next one known (IDO-12)',
      'U2* / A1*',
      'identify A1 U2',
      'A1+U2=U2',
      'shared_device_merge',
    ],
  ])('%s', (_name, ...row) => expectDone(...row))

  it.each<Refused>([
    ['the same ids (IDO-06)', '', 'identify A1 A1', 'errSameIDs', 'A1', MAX],
    ['the same ids, known (IDO-06)', 'A1 U1*', 'identify A1 A1', 'errSameIDs', 'A1', MAX],
    ['a text (IDO-07)', '', 'identify session_abc123 U1', NO_GUID, 'session_abc123', MAX],
    ['a known text (IDO-07)', 'session_1 / U1*', 'identify session_1 U1', NO_GUID, 'session_1', MAX],
    ['the last person, no UUID (IDO-12)', 'A1 charlie*', 'identify charlie taylor', NO_GUID, 'charlie', MAX],
    ['the device of another (IDO-08)', 'A1 U1*', 'identify A1 U2', TAKEN, 'A1', MAX],
    ['the device of another, both known (IDO-08)', 'A1 U1* / A2 U2*', 'identify A1 U2', TAKEN, 'A1', MAX],
    ['the second device of another (IDO-08)', 'A2 U1* A1', 'identify A1 U2', TAKEN, 'A1', MAX],
    ['a person who is another too (IDO-08)', 'A1* U1*', 'identify A1 U2', TAKEN, 'A1', MAX],
    ['a device that another has aliased (IDO-08)', 'U1* A1=', 'identify A1 U2', TAKEN, 'A1', MAX],
    ['one too many (IDO-09)', 'U1* A2', 'identify A1 U1', 'errManyIDs', '3', 2],
    ['one too many for the device (IDO-09)', 'A1 A2 / U1', 'identify A1 U1', 'errManyIDs', '3', 2],
    ['two clusters, together too large (IDO-09)', 'U1* a b / A1 c', 'identify A1 U1', 'errManyIDs', '5', 4],
    ['same ids before the form (IDO-05)', 'x y* z', 'identify x x', 'errSameIDs', 'x', 2],
    ['the form before the owner (IDO-05)', 'x U1*', 'identify x U2', NO_GUID, 'x', 2],
    ['the form before the size (IDO-05)', 'U1* b', 'identify x U1', NO_GUID, 'x', 2],
    ['the owner before the size (IDO-05)', 'A1 U1*', 'identify A1 U2', TAKEN, 'A1', 2],
  ])('%s is refused', (_name, world, claim, reason, value, max) => {
    expectRefused(decide(world, claim, { id_cluster_max: max }), reason, value)
  })

  it.each([
    ['the same pair again', 'A1 U1*', 'identify A1 U1'],
    ['the same pair again, the user first', 'U1* A1', 'identify A1 U1'],
    ['the same pair again, two people being one', 'A1 U1* U2*', 'identify A1 U1'],
    ['another id of the same user', 'A1 U1* U2', 'identify A1 U2'],
  ])('%s is refused, and that is no more than information (IDO-11)', (_name, world, claim) => {
    for (const id_cluster_max of [2, MAX])
      expectRefused(decide(world, claim, { id_cluster_max }), TAKEN, 'A1', 'info')
  })

  it.each(['OLD', 'a-b-c-d-e', '00000000-0000-0000-0000-000000000000'])(
    'where a UUIDv4 is wanted, %s is refused (IDO-10)',
    (anon) => {
      expectRefused(decide('U1*', `identify ${anon} U1`, { anon_id_form: 'uuid4' }), NO_GUID, anon)
      expect(decide('U1*', 'identify $device:A1 U1', { anon_id_form: 'uuid4' }).changes).toHaveLength(1)
    },
  )

  it.each([
    ['$identify', '$anon_id', 'identify - U1'],
    ['$identify', '$identified_id', 'identify A1 -'],
    ['$identify', '$anon_id', 'identify - -'],
    ['$create_alias', 'alias', 'alias - U1'],
    ['$create_alias', 'distinct_id', 'alias k -'],
  ])('%s without %s is stored and joins nobody (IDO-03, IDO-19): %s', (event, field, claim) => {
    const made = decide('A1 U1* / k', claim)
    expect([made.changes, made.annotations]).toEqual([[], undefined])
    expect(made.findings).toEqual([
      { code: 'identity.verb_incomplete', values: { event, field, ids: expect.stringContaining(field) } },
    ])
  })
})

describe('ORIGINAL.decide: $create_alias and $merge', () => {
  it.each<Done>([
    ['both unknown (IDO-14)', '', 'alias k U1', 'k+U1=U1, k is alias', ''],
    ['an alias seen first (IDO-14)', 'k / U1', 'alias k U1', 'k+U1=k, k is alias', ''],
    ['one user already (IDO-14)', 'U1 k', 'alias k U1', 'k is alias', ''],
    ['a second alias of one id (IDO-16)', 'U1 k=', 'alias m U1', 'm+U1=U1, m is alias', 'people_joined'],
    ['an alias of an alias (IDO-17)', 'U1 k=', 'alias m k', 'm+k=U1, m is alias', ''],
    ['an id that has aliases (IDO-17)', 'U1 k= / U2', 'alias U1 U2', 'U1+U2=U1, U1 is alias', ''],
    [
      'the device of another (IDO-18)',
      'U1* A1 / U2*',
      'alias A1 U2',
      'A1+U2=U1, A1 is alias',
      'people_joined',
    ],
    ['another person (IDO-18)', 'U1* / U2*', 'alias U1 U2', 'U1+U2=U1, U1 is alias', 'people_joined'],
    [
      'an id of no form (IDO-18)',
      '',
      'alias session_abc123 é😀',
      'session_abc123+é😀=é😀, session_abc123 is alias',
      '',
    ],
    ['both unknown (IDO-20)', '', 'merge a b', 'a+b=a', ''],
    ['the second seen first (IDO-20)', 'b / a', 'merge a b', 'a+b=b', ''],
    ['ids of no form (IDO-20)', '', 'merge session_abc123 😀', 'session_abc123+😀=session_abc123', ''],
    ['an alias of another (IDO-20)', 'U1 k= / U2', 'merge U2 k', 'U2+k=U1', ''],
    ['one user already (IDO-20)', 'a b c', 'merge b c', '', ''],
    ['two devices (IDO-28)', 'A1 / A2', 'merge A1 A2', 'A1+A2=A1', ''],
    ['two people with devices (IDO-29)', 'U1* A1 / U2* A2', 'merge U2 U1', 'U2+U1=U1', 'people_joined'],
    ['two people by their devices (IDO-29)', 'U1* A1 / U2* A2', 'merge A2 A1', 'A2+A1=U1', 'people_joined'],
    ['a second name of one id (IDO-35)', 'A1 k=', 'alias m A1', 'm+A1=A1, m is alias', 'people_joined'],
    ['another id of a person (IDO-35)', 'A1 U1*', 'alias m U1', 'm+U1=A1, m is alias', ''],
    [
      'a name through the device of a person (IDO-35)',
      'A1 U1*',
      'alias m A1',
      'm+A1=A1, m is alias',
      'people_joined',
    ],
    ['two named by aliases (IDO-35)', 'a k= / b m=', 'merge a b', 'a+b=a', 'people_joined'],
    ['a person and nobody (IDO-35)', 'U1* / b', 'merge U1 b', 'U1+b=U1', ''],
    ['the same name again (IDO-35)', 'A1 k=', 'identify A1 k', 'k is identified', ''],
    [
      'a person on a device that has an alias (IDO-35)',
      'A1 k=',
      'identify A1 U1',
      'A1+U1=A1, U1 is identified',
      'canonical_is_anonymous people_joined',
    ],
    ['an id with itself (IDO-21)', 'a b', 'merge a a', '', 'same_ids'],
  ])('%s', (_name, ...row) => expectDone(...row))

  it.each<Refused>([
    ['an alias of another (IDO-15)', 'U1 k=', 'alias k U2', ALIASED, '', MAX],
    ['an alias of the same (IDO-15)', 'U1 k=', 'alias k U1', ALIASED, '', MAX],
    ['an alias that is identified too (IDO-15)', 'U1 k=*', 'alias k U2', ALIASED, '', MAX],
    ['an alias of another, the user full (IDO-15)', 'U1 k=', 'alias k U2', ALIASED, '', 2],
    ['an alias of itself (IDO-19)', '', 'alias k k', 'errSameIDs', 'k', MAX],
    ['a known id as its own alias (IDO-19)', 'U1 k', 'alias k k', 'errSameIDs', 'k', MAX],
    ['an alias too many (IDO-22)', 'U1 a', 'alias k U1', 'errManyIDs', '3', 2],
    ['a merge of one too many (IDO-22)', 'a b / c d', 'merge b d', 'errManyIDs', '4', 3],
  ])('%s is refused', (_name, world, claim, reason, value, max) =>
    expectRefused(decide(world, claim, { id_cluster_max: max }), reason, value),
  )
})

describe('ORIGINAL.decide: how many ids, and which of them', () => {
  it.each([
    [8, ''],
    [9, 'identity.cluster_nearly_full'],
    [10, 'identity.cluster_nearly_full'],
    [11, 'identity.cluster_full'],
  ])('of %i ids where 10 are the most, it tells %j (IDO-22)', (size, code) => {
    const world = Array.from({ length: size - 1 }, (_, n) => `id${n}`).join(' ')
    for (const claim of ['merge id0 x', 'alias x id0', 'identify A1 id0']) {
      const made = decide(world, claim, { id_cluster_max: 10 })
      expect(made.changes.some((own) => own.kind === 'join')).toBe(size <= 10)
      expect(codesOf(made.findings)).toEqual([code].filter(Boolean))
    }
  })

  it.each([
    ['A1 / U1* a', 'identify A1 U1', { user: 'U1', size: 2, max: 2, id: 'A1' }],
    ['a b / U1', 'merge b U1', { user: 'a', size: 2, max: 2, id: 'U1' }],
  ])('of %s the note on %s names the full user and who is left out (IDO-22)', (world, claim, values) => {
    const [told] = decide(world, claim, { id_cluster_max: 2 }).findings
    expect(told?.values).toEqual({ ...values, id: long(values.id) })
  })

  it.each<readonly [IdentityRules['canonical_policy'], string, string, string]>([
    ['first_seen', 'A1 / U1', 'identify A1 U1', 'A1'],
    ['first_seen', 'U1 / A1', 'identify A1 U1', 'U1'],
    ['identified', 'A1 / U1', 'identify A1 U1', 'U1'],
    ['identified', 'A1 / U1*', 'merge A1 U1', 'U1'],
    ['identified', 'k / U1*', 'alias k U1', 'U1'],
    ['identified', 'U1* / U2*', 'merge U2 U1', 'U1'],
    ['identified', 'A2 / A1', 'merge A1 A2', 'A2'],
  ])('by %s, of %s and %s, the user goes by %s (IDO-23)', (canonical_policy, world, claim, canonical) => {
    const [change] = decide(world, claim, { canonical_policy }).changes
    expect(change).toMatchObject({ kind: 'join', canonical: long(canonical) })
  })
})

/** Rows of what a finding says: the rule, the state, the claim, the code without `identity.`, the values. */
type Said = readonly [
  rule: string,
  world: string,
  claim: string,
  code: string,
  values: Readonly<Record<string, string | number>>,
  max: number,
]

describe('ORIGINAL.decide: the values of findings', () => {
  it.each<Said>([
    ['IDO-01', '', 'event U1 D1 U2', 'dual_id_inert', { device: 'D1', user: 'U2' }, MAX],
    [
      'IDO-03',
      '',
      'identify - U1',
      'verb_incomplete',
      { event: '$identify', field: '$anon_id', ids: '$identified_id, the user, and $anon_id, a UUID' },
      MAX,
    ],
    [
      'IDO-19',
      '',
      'alias - U1',
      'verb_incomplete',
      { event: '$create_alias', field: 'alias', ids: 'distinct_id, the existing id, and alias, the new one' },
      MAX,
    ],
    ['IDO-06', '', 'identify U1 U1', 'same_ids', { id: 'U1' }, MAX],
    ['IDO-07', '', 'identify x U1', 'anon_not_guid', { anon: 'x' }, MAX],
    [
      'IDO-08',
      'A1 U1*',
      'identify A1 U2',
      'anon_already_identified',
      { anon: 'A1', owner: 'U1', user: 'U2' },
      MAX,
    ],
    [
      'IDO-11',
      'A1 U1*',
      'identify A1 U1',
      'anon_already_identified',
      { anon: 'A1', owner: 'U1', user: 'U1' },
      MAX,
    ],
    ['IDO-10', '', 'identify OLD U1', 'anon_not_uuid4', { anon: 'OLD' }, MAX],
    ['IDO-12b', 'A1*', 'identify A1 U1', 'shared_device_merge', { anon: 'A1', user: 'U1' }, MAX],
    ['IDO-15', 'U1 k=', 'alias k U2', 'alias_exists', { alias: 'k', owner: 'U1' }, MAX],
    ['IDO-20', '', 'merge U1 U1', 'same_ids', { id: 'U1' }, MAX],
    ['IDO-22', 'U1 a b', 'merge U1 x', 'cluster_full', { user: 'U1', size: 3, max: 3, id: 'x' }, 3],
    ['IDO-22', 'U1 a', 'merge x U1', 'cluster_nearly_full', { user: 'U1', size: 3, max: 3 }, 3],
    ['IDO-23', 'A1 / U1', 'identify A1 U1', 'canonical_is_anonymous', { canonical: 'A1', user: 'U1' }, MAX],
  ])('of %s, with “%s”, for “%s”: %s', (_rule, world, claim, code, values, max) => {
    const { findings } = decide(world, claim, { id_cluster_max: max })
    const found = findings.find((each) => each.code === `identity.${code}`)
    const shown = Object.entries(found?.values ?? {}).map(([name, value]) => {
      return [name, typeof value === 'string' ? short(value) : value]
    })
    expect(Object.fromEntries(shown)).toEqual(values)
  })

  it.each([
    ['identify A1 U1', 'IDO-04'],
    ['alias k U1', 'IDO-14'],
    ['merge U1 U2', 'IDO-20'],
  ])('“%s” links by %s', (claim, rule) => {
    const joined = decide('', claim).changes.flatMap((change) =>
      change.kind === 'join' ? [change.rule] : [],
    )
    expect(joined).toEqual([rule])
  })
})

describe('ORIGINAL.firstSeenIds', () => {
  it.each([
    ['event U1 D1 U2', ['U1']],
    ['identify A1 U1', ['A1', 'U1']],
    ['identify - U1', ['U1']],
    ['identify A1 -', ['A1']],
    ['alias k U1', ['U1', 'k']],
    ['merge U2 U1', ['U2', 'U1']],
  ])('of “%s” are %j, in the order in which they count as received (IDO-23)', (claim, ids) => {
    expect(ORIGINAL.firstSeenIds(claimOf(claim)).map(short)).toEqual(ids)
  })

  it('are what a verb concerns, and of an event its device and user too (IDO-01)', () => {
    expect(ORIGINAL.concerns(claimOf('merge U2 U1'))).toEqual(['U2', 'U1'])
    expect(ORIGINAL.concerns(claimOf('event U1 D1 U2'))).toEqual(['U1', 'D1', '$device:D1', 'U2'])
  })
})
