import { describe, expect, it } from 'vitest'
import { listOfferedSettings } from '../../../src/api/list-offered-settings.ts'

const offered = new Map(listOfferedSettings().map((setting) => [setting.name, setting]))

describe('the settings that the page offers', () => {
  it('are those that have a field', () => {
    expect(offered.get('retention_days')).toEqual({
      name: 'retention_days',
      label: 'Days that events are kept',
      hint: 'Empty is for ever',
      kind: 'number',
      isOptional: true,
    })
    expect(offered.has('hot_shard_limit')).toBe(false)
  })

  it('are asked for as their schema says', () => {
    expect(offered.get('import_geo_from_request')).toMatchObject({ kind: 'switch' })
    expect(offered.get('group_keys')).toMatchObject({ kind: 'names' })
    expect(offered.get('api_endpoint')).toMatchObject({ kind: 'text' })
    expect(offered.get('id_cluster_max')).toMatchObject({ kind: 'number', isOptional: false })
  })

  it('name their choices, the empty one first, by their words or by their values', () => {
    expect(offered.get('region')).toMatchObject({
      kind: 'choice',
      choices: [
        ['', 'any host'],
        ['us', 'US'],
        ['eu', 'EU'],
        ['in', 'India'],
      ],
    })
    expect(offered.get('track_stale_response')).toMatchObject({
      choices: [
        ['1', '1, as if it was taken'],
        ['0', '0'],
      ],
    })
  })
})
