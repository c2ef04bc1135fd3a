import type { Project } from '../core/project.ts'
import type { FindingOnIds } from '../core/verdict/finding.ts'
import { type OutcomeKind, toVerdict } from '../core/verdict/verdict.ts'
import type { Commits } from './commits.ts'

/** The origin of findings on a request that sends no records. */
export interface FindingsContext {
  readonly project: Project
  readonly endpoint: string
  readonly nowMs: number
  readonly outcomeKind: OutcomeKind
}

/**
 * Stores findings on a request that sends no records, and resolves once they are stored or cannot be: its answer does
 * not depend on them.
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
