import type { Project } from '../core/project.ts'
import type { FindingOnIds } from '../core/verdict/finding.ts'
import { type OutcomeKind, toVerdict } from '../core/verdict/verdict.ts'
import type { Commits } from './commits.ts'
import { senderKey } from './sender-key.ts'

/** The origin of findings on a request that sends no records. */
export interface FindingsContext {
  /** Undefined for none, such as that of a request without access. */
  readonly project: Project | undefined
  readonly endpoint: string
  readonly nowMs: number
  readonly outcomeKind: OutcomeKind
  /** The client's address. */
  readonly sender: string
}

/**
 * Stores findings on a request that sends no records, and resolves once they are stored or cannot be: its answer does
 * not depend on them.
 */
export async function keepFindings(
  findings: readonly FindingOnIds[],
  { project, endpoint, nowMs, outcomeKind, sender }: FindingsContext,
  commits: Commits,
): Promise<void> {
  if (findings.length === 0) return
  const place =
    project === undefined ? { projectId: 0, sender: senderKey(sender) } : { projectId: project.id }
  const context = { ...place, receivedAtMs: nowMs, endpoint, outcomeKind }
  const verdicts = findings.map(({ finding, ids }) => ({ ...toVerdict(finding, context), ids }))
  const projects = project === undefined ? [] : [project]
  await commits.unlocked.submit({ events: [], verdicts, firstSeenIds: [], projects })
}
