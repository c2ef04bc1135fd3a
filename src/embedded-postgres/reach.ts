import { ok, type Result } from '../core/result.ts'
import { findBlockedDirectory } from './access.ts'
import type { Binaries } from './binaries.ts'
import type { Context } from './context.ts'
import { type EmbeddedPostgresError, refuse } from './error.ts'
import { canHandOver } from './handover.ts'
import type { Layout } from './layout.ts'
import { copyPrograms, programPlaces } from './programs-copy.ts'
import type { Account } from './user.ts'

/** How the user that Postgres runs as reaches its programs and data. */
export type Reach = Pick<Context, 'binaries' | 'handsOverDirectories'>

/**
 * Ensures that the user Postgres runs as reaches programs and data, wherever root has put them: `/root` and directories
 * from `mktemp -d` are closed to others. The data stay in place and are passed as open files; programs must be found by
 * path, so they are copied once to a place that others may enter, which is logged. No directory gets other permissions.
 */
export async function findReach(
  layout: Layout,
  binaries: Binaries,
  { account, log }: Pick<Context, 'account' | 'log'>,
  places: readonly string[] = programPlaces,
): Promise<Result<Reach, EmbeddedPostgresError>> {
  if (account === undefined) return ok({ binaries, handsOverDirectories: false })
  const blocked = await findBlockedDirectory(layout.dataDir, account)
  if (blocked !== undefined && !canHandOver()) return refuseData(layout, account, blocked)
  const handsOverDirectories = blocked !== undefined
  const closed = await findBlockedDirectory(binaries.directory, account)
  if (closed === undefined) return ok({ binaries, handsOverDirectories })
  const reachable = await copyPrograms(binaries, account, places)
  if (!reachable.ok) return refusePrograms(binaries, account, closed, reachable.error)
  const { binaries: copy, copied } = reachable.value
  const sentence = `${who(account)} cannot enter ${closed}: its programs have been copied to ${copy.directory}`
  if (copied) log.warn(sentence)
  return ok({ binaries: copy, handsOverDirectories })
}

function who(account: Account): string {
  return `As root, Postgres is started as another user (id ${account.uid}), who`
}

function refuseData(layout: Layout, account: Account, blocked: string): Result<never, EmbeddedPostgresError> {
  const sentence = `${who(account)} cannot enter ${blocked} on the way to the data directory ${layout.dataDir}`
  const advice = `Set TWINPANEL_DATA_DIR to another directory (such as /var/lib/twinpanel), or run chmod o+x ${blocked}`
  return refuse('data_dir_not_enterable', `${sentence}. ${advice}.`)
}

function refusePrograms(
  { directory }: Binaries,
  account: Account,
  closed: string,
  reasons: string,
): Result<never, EmbeddedPostgresError> {
  const sentence = `${who(account)} cannot enter ${closed}, where the Postgres programs are (${directory})`
  const failed = `They could not be copied to a directory that it can enter: ${reasons}`
  const advice = `Move this installation to a directory open to all, run chmod o+x ${closed}`
  return refuse(
    'program_not_enterable',
    `${sentence}. ${failed}. ${advice}, or start the server as another user.`,
  )
}
