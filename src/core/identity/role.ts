import { isGuidShaped } from './guid.ts'
import { DEVICE_PREFIX, type IdManagement } from './model.ts'

/** What an id is to its user. */
export type Role = 'user' | 'device' | 'identified' | 'anonymous' | 'alias' | 'id'

/** The role of an id, from what is known about it. `isCanonical`: the user is listed under this id. */
export function roleOf(
  mode: IdManagement,
  id: {
    readonly distinctId: string
    readonly isAlias: boolean
    readonly isIdentified: boolean
    readonly isCanonical: boolean
  },
): Role {
  if (mode === 'simplified') return id.distinctId.startsWith(DEVICE_PREFIX) ? 'device' : 'user'
  if (mode === 'legacy') return id.isCanonical ? 'id' : 'alias'
  if (id.isIdentified) return 'identified'
  if (id.isAlias) return 'alias'
  return isGuidShaped(id.distinctId) ? 'anonymous' : 'id'
}
