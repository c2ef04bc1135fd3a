import { anonIdOf, identifiedIdOf, idsNamedBy } from '../identity/claim.ts'
import { idText } from '../identity/distinct-id.ts'
import { DEVICE_PREFIX } from '../identity/model.ts'
import type { JsonObject } from '../json.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/**
 * What is told of an `$identify` in a simplified project (IDS-20). The device is named, so that a missing event
 * after it can be told later (IDS-24). In: the event's properties.
 */
export function identifyNoop(properties: JsonObject): Finding {
  const sent = idText(properties['$device_id']) ?? anonIdOf(properties)
  const [device = ''] = sent === undefined ? [] : idsNamedBy({ $device_id: sent })
  const user = identifiedIdOf(properties) ?? ''
  // identify() without an id names the device itself: no event could ever link that.
  const waits = user !== '' && !user.startsWith(DEVICE_PREFIX)
  return finding('identity.identify_noop', {
    system: 'Simplified ID Merge',
    device: waits ? device : '',
    user,
  })
}
