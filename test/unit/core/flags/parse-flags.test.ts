import { describe, expect, it } from 'vitest'
import { parseFlags } from '../../../../src/core/flags/parse-flags.ts'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { aFlag, TWO_VARIANTS } from './build.ts'

const problemOf = (body: Json | undefined) => {
  const flags = parseFlags(body)
  return flags.ok ? undefined : flags.error
}
const ruleset = (change: JsonObject) => ({
  flags: [{ key: 'new', ruleset: { variants: TWO_VARIANTS, ...change } }],
})
const rollout = (own: Json) => ruleset({ rollout: [own] })

describe('a flag (FLG-02)', () => {
  it('needs a key and variants; the rest has defaults', () => {
    expect(aFlag()).toEqual({
      id: 'new',
      name: 'new',
      key: 'new',
      status: 'enabled',
      context: 'distinct_id',
      ruleset: {
        variants: [
          { key: 'control', value: false, is_control: false, split: 0.5 },
          { key: 'treatment', value: true, is_control: false, split: 0.5 },
        ],
        rollout: [{ rollout_percentage: 1 }],
        test: { users: {} },
      },
    })
  })

  it('keeps all that is said, and sorts the variants, which some SDKs do and some do not', () => {
    const sent = {
      id: 'f1',
      name: 'New checkout',
      key: 'new',
      status: 'disabled',
      context: 'device_id',
      hash_salt: 'abc',
      experiment_id: '7f0c0f5e-0000-4000-8000-000000000000',
      is_experiment_active: true,
      ruleset: {
        variants: [
          { key: 'b', value: { deep: [null] }, is_control: false, split: 0.25 },
          { key: 'B2', value: null, is_control: true, split: 0.75 },
        ],
        rollout: [
          {
            rollout_percentage: 0.5,
            variant_splits: { b: 0.1, B2: 0.9 },
            runtime_evaluation_rule: { '==': [{ var: 'plan' }, 'pro'] },
            runtime_event: { event_name: 'Buy' },
          },
          { rollout_percentage: 1, variant_override: { key: 'b' } },
        ],
        test: { users: { qa: 'b2' } },
      },
    }
    const [b, b2] = sent.ruleset.variants
    expect(parseFlags({ flags: [{ ...sent, project_id: 7 }] })).toEqual({
      ok: true,
      value: [{ ...sent, ruleset: { ...sent.ruleset, variants: [b2, b], test: { users: { qa: 'B2' } } } }],
    })
  })

  it('may be a live definition, whose other fields are ignored (FLG-09)', () => {
    const live = {
      ...{ id: '5b1f', name: 'Checkout', key: 'new', project_id: 12345, workspace_id: 67890, tags: ['web'] },
      ...{ status: 'archived', context: 'distinct_id', hash_salt: null, experiment_id: null },
      ...{ serving_method: 'remote_or_local', data_group_id: null, content_type: 'feature-flags' },
      ruleset: {
        variants: TWO_VARIANTS.map((variant) => ({ ...variant, is_sticky: true, description: null })),
        rollout: [
          {
            rollout_percentage: 0.8,
            ...{ cohort_hash: 'cohort_abc123', cohort_definition: { behaviors: [] }, name: null },
            variant_splits: {},
            variant_override: null,
            runtime_evaluation_definition: { platform: 'web', seats: 5 },
            runtime_event_rule: { event_name: 'Buy', time_window: 'while_flag_enabled', duration: null },
          },
          { rollout_percentage: 1, runtime_evaluation_definition: {}, runtime_event_rule: null },
        ],
        test: null,
      },
    }
    const flag = aFlag({ id: '5b1f', name: 'Checkout', status: 'disabled' })
    const rule = { and: [{ '==': [{ var: 'platform' }, 'web'] }, { '==': [{ var: 'seats' }, 5] }] }
    const first = {
      rollout_percentage: 0.8,
      variant_splits: {},
      runtime_evaluation_rule: rule,
      runtime_event: { event_name: 'Buy' },
    }
    const read = { ...flag, ruleset: { ...flag.ruleset, rollout: [first, { rollout_percentage: 1 }] } }
    expect(parseFlags({ code: 200, flags: [live] })).toEqual({ ok: true, value: [read] })
  })

  it('is read again as it was kept', () => {
    const flag = aFlag({ hash_salt: 's' }, { test: { users: { qa: 'treatment' } } })
    const again: Json = JSON.parse(JSON.stringify({ flags: [flag] }))
    expect(parseFlags(again)).toEqual({ ok: true, value: [flag] })
  })

  it('there may be none', () => {
    expect(parseFlags({ flags: [] })).toEqual({ ok: true, value: [] })
  })

  it.each<[Json | undefined, string]>([
    [undefined, 'The body must be an object.'],
    [[], 'The body must be an object.'],
    [{}, 'The body has no flags.'],
    [{ flags: {} }, 'The body: flags must be a list.'],
    [{ flags: ['x'] }, 'flags[0] must be an object.'],
    [{ flags: [{ key: '' }] }, 'flags[0] (""): key must be text of 1 to 255 characters.'],
    [{ flags: [{ key: 'a\u0000' }] }, 'The body has text with U+0000 or half a surrogate pair.'],
    [
      { flags: [{ key: 'a', rolout: 1 }] },
      'flags[0] ("a") has the unknown field "rolout"; it may have: key, name, id, status, context, hash_salt, ' +
        'experiment_id, is_experiment_active, ruleset.',
    ],
    [{ flags: [{ key: 'a' }] }, 'flags[0] ("a").ruleset must be an object.'],
    [ruleset({ variants: [] }), 'flags[0] ("new").ruleset: variants must be a list of one variant or more.'],
    [ruleset({ variants: [{ key: 'a' }] }), 'flags[0] ("new").ruleset.variants[0] has no value.'],
    [
      ruleset({ variants: [{ key: 'constructor', value: 1 }] }),
      'flags[0] ("new").ruleset.variants[0]: key must not be "constructor".',
    ],
    [
      ruleset({
        variants: [
          { key: 'a', value: 1 },
          { key: 'A', value: 2 },
        ],
      }),
      'flags[0] ("new").ruleset has two variants with the key "A".',
    ],
    [
      ruleset({
        variants: [
          { key: 'a', value: 1, split: 0.5 },
          { key: 'b', value: 2 },
        ],
      }),
      'flags[0] ("new").ruleset.rollout[0]: the shares of its variants add up to 0.5, and must to 1.',
    ],
    [
      rollout({ rollout_percentage: 50 }),
      'flags[0] ("new").ruleset.rollout[0]: rollout_percentage must be a number from 0 to 1: 0.25 is a quarter.',
    ],
    [
      rollout({ variant_splits: { other: 1 } }),
      'flags[0] ("new").ruleset.rollout[0]: variant_splits names "other", which is no variant.',
    ],
    [
      rollout({ variant_splits: { control: '1' } }),
      'flags[0] ("new").ruleset.rollout[0]: variant_splits.control must be a number from 0 to 1: 0.25 is a quarter.',
    ],
    [
      rollout({ variant_override: { key: 'other' } }),
      'flags[0] ("new").ruleset.rollout[0].variant_override names "other", which is no variant.',
    ],
    [
      rollout({ runtime_evaluation_rule: { cat: ['a'] } }),
      'flags[0] ("new").ruleset.rollout[0].runtime_evaluation_rule has the operator "cat"; those served are: ' +
        'and, or, !, some, all, none, ==, !=, ===, !==, <, >, <=, >=, in, semver_compare, datetime_compare.',
    ],
    [
      rollout({ runtime_evaluation_definition: { plan: { deep: 'pro' } } }),
      'flags[0] ("new").ruleset.rollout[0].runtime_evaluation_definition: "==" takes two of: {"var": "name"}, ' +
        'text, a number, a boolean, a list.',
    ],
    [
      rollout({ runtime_event_rule: { event_name: 'Buy', property_filters: { plan: 'pro' } } }),
      'flags[0] ("new").ruleset.rollout[0].runtime_event_rule: property_filters are not evaluated.',
    ],
    [
      rollout({ cohort: 'a' }),
      'flags[0] ("new").ruleset.rollout[0] has the unknown field "cohort"; it may have: rollout_percentage, ' +
        'variant_splits, variant_override, runtime_evaluation_rule, runtime_evaluation_definition, ' +
        'runtime_event, runtime_event_rule.',
    ],
    [
      ruleset({ test: { users: { qa: 'other' } } }),
      'flags[0] ("new").ruleset.test names "other", which is no variant.',
    ],
  ])('%j is refused', (body, problem) => {
    expect(problemOf(body)).toBe(problem)
  })

  it.each<[JsonObject, string]>([
    [{ status: 'on' }, 'status must be one of: enabled, disabled, archived.'],
    [{ context: 'custom_properties' }, 'context must be the name of an id.'],
    [{ experiment_id: 'exp-1' }, 'experiment_id must be a UUID.'],
    [{ is_experiment_active: 1 }, 'is_experiment_active must be true or false.'],
    [{ hash_salt: 7 }, 'hash_salt must be text of 1 to 255 characters.'],
  ])('with %j is refused', (change, problem) => {
    const sent = { key: 'new', ruleset: { variants: TWO_VARIANTS }, ...change }
    expect(problemOf({ flags: [sent] })).toBe(`flags[0] ("new"): ${problem}`)
  })

  it('has a key of its own', () => {
    const sent = { key: 'new', ruleset: { variants: TWO_VARIANTS } }
    expect(problemOf({ flags: [sent, sent] })).toBe('Two flags have the key "new".')
  })

  it('may not nest without end', () => {
    const deep: Json = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))
    expect(problemOf({ flags: deep })).toBe('The body nests deeper than 40.')
  })
})
