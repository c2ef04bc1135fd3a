import type { Project } from '../core/project.ts'
import type { FindingOnIds } from '../core/verdict/finding.ts'
import { type OutcomeKind, toVerdict } from '../core/verdict/verdict.ts'
import type { Commits } from './commits.ts'

/** Where findings come from that no record was sent for. */
export interface FindingsContext {
  readonly project: Project
  readonly endpoint: string
  readonly nowMs: number
  readonly outcomeKind: OutcomeKind
}

/**
 * Keeps findings on a question, and waits until they are. The answer to the question does not depend on it: what cannot
 * be kept is not told.
 */
export async function keepFindings(
  findings: readonly FindingOnIds[],
  { project, endpoint, nowMs, outcomeKind }: FindingsContext,
  commits: Commits,
): Promise<void> {
  if (findings.length === 0) return
  const context = { projectId: project.id, receivedAtMs: nowMs, endpoint, outcomeKind }
  const verdicts = findings.map(({ finding, ids }) => ({ ...toVerdict(finding, context), ids }))
  await commits.unlocked.submit({ events: [], verdicts, firstSeenIds: [], projects: [project] })
}
