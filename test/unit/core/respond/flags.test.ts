import { describe, expect, it } from 'vitest'
import { hashOf } from '../../../../src/core/flags/bucket.ts'
import type { Flag } from '../../../../src/core/flags/flag.ts'
import { refuseFlags, replyToDefinitions, replyToFlags } from '../../../../src/core/respond/flags.ts'
import type { ReplyPlan } from '../../../../src/core/respond/plan.ts'
import { aFlag } from '../flags/build.ts'

const EXPERIMENT = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const bodyOf = ({ status, contentType, body }: ReplyPlan) => {
  expect([status, contentType]).toEqual([200, 'application/json'])
  return JSON.parse(String(body)) as unknown
}
const all = (key: string, more = {}) => ({ variant_override: { key }, ...more })
const reply = (flags: readonly Flag[], distinct_id = 'u', done: readonly string[] = []) => {
  return bodyOf(replyToFlags(flags, { context: { distinct_id }, done: new Set(done), projectId: 7 }))
}

describe('replyToFlags', () => {
  it('has the variant of each flag, and its experiment where it has one (FLG-01)', () => {
    const plain = aFlag({ key: 'plain' }, { rollout: [all('treatment')] })
    const tried = aFlag(
      { key: 'tried', experiment_id: EXPERIMENT, is_experiment_active: false },
      { rollout: [all('control')], test: { users: { tester: 'treatment' } } },
    )
    const nobodys = aFlag({ key: 'nobodys' }, { rollout: [{ rollout_percentage: 0 }] })
    const treatment = { variant_key: 'treatment', variant_value: true, is_qa_tester: false }
    const experiment = { experiment_id: EXPERIMENT, is_experiment_active: false }
    const control = { variant_key: 'control', variant_value: false, is_qa_tester: false, ...experiment }
    expect(reply([plain, tried, nobodys])).toEqual({
      code: 200,
      flags: { plain: treatment, tried: control },
      pending_first_time_events: [],
    })
    expect(reply([tried], 'tester')).toMatchObject({
      flags: { tried: { ...treatment, is_qa_tester: true, ...experiment } },
    })
  })

  it('says what an event would give, until it is done (FLG-03)', () => {
    const waiting = all('treatment', { runtime_event: { event_name: 'Buy' } })
    const flag = aFlag({}, { rollout: [waiting, all('control')] })
    expect(reply([flag])).toEqual({
      code: 200,
      flags: { new: { variant_key: 'control', variant_value: false, is_qa_tester: false } },
      pending_first_time_events: [
        {
          flag_key: 'new',
          flag_id: flag.id,
          first_time_event_hash: hashOf('Buy'),
          event_name: 'Buy',
          property_filters: {},
          pending_variant: { variant_key: 'treatment', variant_value: true },
          project_id: 7,
        },
      ],
    })
    expect(reply([flag], 'u', ['Buy'])).toMatchObject({
      flags: { new: { variant_key: 'treatment' } },
      pending_first_time_events: [],
    })
  })
})

describe('replyToDefinitions', () => {
  it('has the flags that are enabled, and lets nobody in by an event that SDKs do not know (FLG-02)', () => {
    const waiting = all('treatment', { runtime_event: { event_name: 'Buy' }, rollout_percentage: 0.5 })
    const flag = aFlag({}, { rollout: [waiting, all('control', { rollout_percentage: 0.25 })] })
    const { runtime_event: _, ...rollout } = flag.ruleset.rollout[0] ?? { runtime_event: undefined }
    const rollouts = [{ ...rollout, rollout_percentage: 0 }, flag.ruleset.rollout[1]]
    expect(bodyOf(replyToDefinitions([flag, aFlag({ key: 'off', status: 'disabled' })], 7))).toEqual({
      flags: [{ ...flag, ruleset: { ...flag.ruleset, rollout: rollouts }, project_id: 7 }],
    })
  })
})

it('an error of /flags is short (FLG-04)', () => {
  expect(refuseFlags(403, 'why')).toEqual({
    status: 403,
    contentType: 'application/json',
    body: '{"error":"why","status":"error"}',
  })
})
