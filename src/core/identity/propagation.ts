import type { Project } from '../project.ts'

/**
 * The moment as of which queries show who is who (IDS-32): a merge is shown once it is as old as the project's delay.
 * Undefined where they show it as it is: without a delay, and on Legacy, which re-keys nothing (IDL-02). In: now by the
 * project's clock; both in ms since the epoch.
 */
export function shownAsOf(
  { idManagement, settings }: Pick<Project, 'idManagement' | 'settings'>,
  nowMs: number,
): number | undefined {
  const { identity_propagation_ms: delayMs } = settings
  return delayMs === 0 || idManagement === 'legacy' ? undefined : nowMs - delayMs
}
