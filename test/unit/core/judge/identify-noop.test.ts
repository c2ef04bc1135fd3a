import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/core/json.ts'
import { identifyNoop } from '../../../../src/core/judge/identify-noop.ts'

describe('identifyNoop', () => {
  it.each<[JsonObject, string, string]>([
    [{ distinct_id: 'U1', $device_id: 'D1', $user_id: 'U1' }, '$device:D1', 'U1'],
    [{ $identified_id: 'U1', $anon_id: 'D1' }, '$device:D1', 'U1'],
    [{ $identified_id: 'U1', $anon_id: '$device:D1' }, '$device:D1', 'U1'],
    [{ $identified_id: 'U1', $device_id: 'D1', $anon_id: 'D2' }, '$device:D1', 'U1'],
    [{ $identified_id: 'U1', $device_id: '', $anon_id: 'D2' }, '$device:D2', 'U1'],
    [{ $identified_id: 'U1' }, '', 'U1'],
    [{ $device_id: 'D1' }, '', ''],
    [{ $identified_id: '$device:D1', $device_id: 'D1' }, '', '$device:D1'],
    [{}, '', ''],
  ])(
    'of %j names the device %j, which waits for an event, and the user %j (IDS-20, IDS-24)',
    (sent, device, user) => {
      expect(identifyNoop(sent)).toEqual({
        code: 'identity.identify_noop',
        values: { system: 'Simplified ID Merge', device, user },
      })
    },
  )
})
