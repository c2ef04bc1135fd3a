import { ARRIVAL_VERDICTS } from './arrival-verdicts.ts'
import { DEDUP_VERDICTS } from './dedup-verdicts.ts'
import { IDENTITY_VERDICTS } from './identity-verdicts.ts'
import { MERGE_VERDICTS } from './merge-verdicts.ts'
import { PROFILE_VERDICTS } from './profile-verdicts.ts'
import { QUERY_VERDICTS } from './query-verdicts.ts'
import { VALUE_VERDICTS } from './value-verdicts.ts'

/** Every verdict this version can reach. Codes are stable (VRD-02). */
export const CATALOGUE = {
  ...ARRIVAL_VERDICTS,
  ...IDENTITY_VERDICTS,
  ...MERGE_VERDICTS,
  ...PROFILE_VERDICTS,
  ...QUERY_VERDICTS,
  ...VALUE_VERDICTS,
  ...DEDUP_VERDICTS,
}

/** A code of the catalogue, such as `time.too_old_for_track`. */
export type VerdictCode = keyof typeof CATALOGUE
