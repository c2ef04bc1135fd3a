import type { ProfileOutcome } from '../core/judge/profile.ts'
import type { ProfileUpdate } from '../core/profile/profile.ts'
import type { Project } from '../core/project.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { addFindings, type JudgedRecord, type JudgedRequest } from './judged-request.ts'
import type { RewriteRefusal } from './rewrite-budget.ts'

/** A judged request of /engage or /groups. */
export type ProfilesRequest = JudgedRequest<ProfileOutcome>

/** An update, its request, and the index of its record there. */
export interface PlacedUpdate {
  readonly request: ProfilesRequest
  readonly index: number
  readonly project: Project
  readonly update: ProfileUpdate
}

/** The findings of applying updates to their profiles, by the index of the record. */
export type ProfileFindings = ReadonlyMap<number, readonly Finding[]>

/** The result for one request; if it is refused, nothing of it was written. */
export type ProfileCommit = { readonly kind: 'applied'; readonly findings: ProfileFindings } | RewriteRefusal

export function withProfileFindings(
  request: ProfilesRequest,
  added: ProfileFindings,
): readonly JudgedRecord<ProfileOutcome>[] {
  return request.records.map((judged, index) => addFindings(judged, added.get(index) ?? []))
}
