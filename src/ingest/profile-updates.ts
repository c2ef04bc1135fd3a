import type { ProfileOutcome } from '../core/judge/profile.ts'
import type { ProfileUpdate } from '../core/profile/profile.ts'
import type { Project } from '../core/project.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { addFindings, type JudgedRecord, type JudgedRequest } from './judged-request.ts'
import type { RewriteRefusal } from './rewrite-budget.ts'

/** A request of /engage or /groups whose records were judged. */
export type ProfilesRequest = JudgedRequest<ProfileOutcome>

/** An update and where it comes from. */
export interface PlacedUpdate {
  readonly request: ProfilesRequest
  readonly index: number
  readonly project: Project
  readonly update: ProfileUpdate
}

/** What the profiles made of the records: findings, by the place of the record. */
export type ProfileFindings = ReadonlyMap<number, readonly Finding[]>

/** What a commit made of a request; where it was refused, nothing of it was written. */
export type ProfileCommit = { readonly kind: 'applied'; readonly findings: ProfileFindings } | RewriteRefusal

/** The records with what their profiles made of them. */
export function withProfileFindings(
  request: ProfilesRequest,
  added: ProfileFindings,
): readonly JudgedRecord<ProfileOutcome>[] {
  return request.records.map((judged, index) => addFindings(judged, added.get(index) ?? []))
}
