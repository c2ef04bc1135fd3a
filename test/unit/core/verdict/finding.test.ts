import { describe, expect, it } from 'vitest'
import { finding } from '../../../../src/core/verdict/finding.ts'

/** Checked by tsc too: it fails where a line below `@ts-expect-error` compiles. */
describe('finding', () => {
  it('takes a value for each slot of its sentences, and no other (VRD-01)', () => {
    // @ts-expect-error: {id} has no value
    finding('identity.same_ids')
    // @ts-expect-error: {user} has no value
    finding('identity.dual_id_inert', { device: 'D' })
    // @ts-expect-error: no sentence has {typo}
    finding('identity.dual_id_inert', { device: 'D', user: 'U', typo: 'x' })
    // @ts-expect-error: the sentences have no slot
    finding('event.ignored', { event: 'E' })
    // @ts-expect-error: a value is a text or a number
    finding('identity.same_ids', { id: undefined })

    expect(finding('event.ignored')).toEqual({ code: 'event.ignored', values: {} })
    const values = { device: 'D', user: 'U' }
    expect(finding('identity.dual_id_inert', values)).toEqual({ code: 'identity.dual_id_inert', values })
  })

  it('takes the values of all codes where the code may be one of several (VRD-01)', () => {
    const learn = (code: 'value.name_case' | 'identity.same_ids') => {
      // @ts-expect-error: enough for one of them only
      finding(code, { id: 'x' })
      return finding(code, { id: 'x', a: 'E', b: 'e' })
    }
    expect(learn('value.name_case').code).toBe('value.name_case')
  })

  it('takes a value that no sentence shows only where that is declared (IDS-24)', () => {
    const awaited = { device: '$device:D', user: 'U' }
    // @ts-expect-error: nothing is awaited after it
    finding('identity.same_ids', { id: 'U', device: '$device:D' })
    expect(finding('identity.identify_noop', { system: 'S', ...awaited }).values).toMatchObject(awaited)
  })
})
