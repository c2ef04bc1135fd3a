import { describe, expect, it } from 'vitest'
import { nearestId, toContract } from '../../../../src/core/contract/contract.ts'
import { parseChapter } from '../../../../src/core/contract/parse-chapter.ts'

const page = (name: string, ...ids: readonly string[]) =>
  parseChapter(`# ${name}: A title\n\n${ids.map((id) => `### ${id} A rule\n\nText.\n`).join('\n')}`)

const contract = toContract(
  [
    page('TRK', 'TRK-01', 'TRK-21', 'TRK-02'),
    page('IDS', 'IDS-02', 'IDS-07', 'IDS-12'),
    page('Q', 'Q-01'),
  ].filter((chapter) => chapter !== undefined),
)

it('the rules are in the order of chapters and numbers, wherever they stand on their page', () => {
  expect([...contract.rules.keys()]).toEqual([
    'TRK-01',
    'TRK-02',
    'TRK-21',
    'IDS-02',
    'IDS-07',
    'IDS-12',
    'Q-01',
  ])
})

describe('the ids that a text cites', () => {
  it('are those of chapters that exist, whether the rule does or not', () => {
    expect(contract.citedIn('TRK-21, (IDS-99) Q-01/2 UTF-8 XTRK-01 trk-01 IMP-01')).toEqual([
      'TRK-21',
      'IDS-99',
      'Q-01',
    ])
  })

  it('include what lies within a range of one chapter', () => {
    expect(contract.citedIn('IDS-02 to IDS-12; TRK-02')).toEqual(['IDS-02', 'IDS-07', 'IDS-12', 'TRK-02'])
  })

  it('are both ends of a range that the contract does not know', () => {
    expect(contract.citedIn('IDS-02 to IDS-99, IDS-12 to IDS-02')).toEqual([
      'IDS-02',
      'IDS-99',
      'IDS-12',
      'IDS-02',
    ])
  })
})

describe('the nearest id', () => {
  it.each([
    ['trk-21', 'TRK-21'],
    ['TRK21', 'TRK-21'],
    ['IDS-7', 'IDS-07'],
    ['IDX-12', 'IDS-12'],
  ])('of %s is %s', (id, nearest) => {
    expect(nearestId(id, contract)).toBe(nearest)
  })

  it.each(['', 'FOO-99', 'x'.repeat(10_000)])('of %j is none', (id) => {
    expect(nearestId(id, contract)).toBeUndefined()
  })
})
