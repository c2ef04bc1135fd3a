import { isOn } from '../../core/decode/params.ts'
import { type AcceptedOutcome, judgeProfileRecord } from '../../core/judge/profile.ts'
import { invalidProfileFindings } from '../../core/refusals/profile.ts'
import { tokenAnywhere } from '../../core/refusals/token.ts'
import { replyToProfiles } from '../../core/respond/profile.ts'
import { wordsOnNothing } from '../../core/respond/track.ts'
import {
  type ProfileError,
  type ProfileRecord,
  validateEngageRecord,
  validateGroupRecord,
} from '../../core/validate/profile.ts'
import { commitUpdates } from '../commit.ts'
import type { Endpoint } from '../endpoint.ts'
import { formFindings } from './track.ts'

type ProfileEndpoint = Endpoint<ProfileRecord, ProfileError, AcceptedOutcome>

const PROFILES: Omit<ProfileEndpoint, 'path' | 'validate' | 'findingsOnRefusal'> = {
  project: undefined,
  tokenOf: tokenAnywhere,
  findingsOn: formFindings,
  // The address counts unless the request says otherwise (ENG-25).
  locatesByAddress: (params) => params.get('ip') !== '0',
  identifiesByAddress: () => false,
  judge: judgeProfileRecord,
  silentReason: (outcome) => (outcome.kind === 'rejected' ? outcome.refusal.error : undefined),
  commit: commitUpdates,
  reply: (outcomes, { decoded: { params }, mayRedirect }) => {
    const failed = outcomes.flatMap((outcome, index) => {
      return outcome.kind === 'rejected' ? [{ index, ...outcome.refusal }] : []
    })
    const good = outcomes.length - failed.length
    return replyToProfiles(params, good, failed, mayRedirect && !isOn(params.get('strict')))
  },
  replyToNothing: ({ code }, { decoded, mayRedirect }) =>
    replyToProfiles(decoded.params, 0, [], mayRedirect, wordsOnNothing(code)),
}

/** /engage: updates of users' profiles (ENG-01 to ENG-29). */
export const ENGAGE: ProfileEndpoint = {
  ...PROFILES,
  path: '/engage',
  validate: validateEngageRecord,
  findingsOnRefusal: (error, record, carrier) => invalidProfileFindings(error, record, '/engage', carrier),
}

/** /groups: updates of groups' profiles (GRP-01 to GRP-06). */
export const GROUPS: ProfileEndpoint = {
  ...PROFILES,
  path: '/groups',
  validate: validateGroupRecord,
  findingsOnRefusal: (error, record, carrier) => invalidProfileFindings(error, record, '/groups', carrier),
}
