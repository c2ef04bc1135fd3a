import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS, SETTINGS } from '../../../src/core/settings.ts'

const ajv = new Ajv2020({ strict: false })

describe('the settings of a project', () => {
  it.each(Object.entries(SETTINGS))('%s takes its own default', (_name, { schema, default: initial }) => {
    expect([initial, ajv.validate(schema, initial)]).toEqual([initial, true])
  })

  it('have a default each', () => {
    expect(Object.keys(DEFAULT_SETTINGS)).toEqual(Object.keys(SETTINGS))
    expect(DEFAULT_SETTINGS).toMatchObject({ id_cluster_max: 501, retention_days: null, group_keys: [] })
  })
})
