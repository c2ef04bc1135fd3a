import type { Project } from '../project.ts'

/**
 * The time as of which queries see merges (IDS-32): a merge is visible once it is as old as the project's delay.
 * Undefined if queries see all merges: without a delay, and on Legacy, which re-keys nothing (IDL-02). In: the
 * project's current time; both in ms since the epoch.
 */
export function shownAsOf(
  { idManagement, settings }: Pick<Project, 'idManagement' | 'settings'>,
  nowMs: number,
): number | undefined {
  const { identity_propagation_ms: delayMs } = settings
  return delayMs === 0 || idManagement === 'legacy' ? undefined : nowMs - delayMs
}
