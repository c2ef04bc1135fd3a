import { closeSync, constants, existsSync, openSync } from 'node:fs'
import type { Context } from './context.ts'

/** A directory as a program that is about to be started will see it. */
export interface Handover {
  /** The path to name to the program. */
  readonly path: string
  /** To be appended to the first three entries of `spawn`'s `stdio`. */
  readonly descriptors: readonly number[]
  /** Closes our side, once the program is started. */
  close(): void
}

/** Where a process finds what it was handed as the first file behind standard input, output and error. */
const firstDescriptor = '/proc/self/fd/3'

/**
 * Gives a directory to a program whose user cannot walk there: opened, for a link of /proc/self/fd leads to its
 * directory without a look at those above. Postgres and all processes that it forks keep the descriptor, and no right
 * is given to anybody. Where the way is free the path is simply named.
 */
export function handOver(
  directory: string,
  { handsOverDirectories }: Pick<Context, 'handsOverDirectories'>,
): Handover {
  if (!handsOverDirectories) return { path: directory, descriptors: [], close: () => undefined }
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  return { path: firstDescriptor, descriptors: [descriptor], close: () => closeSync(descriptor) }
}

/** Whether a directory can be handed over on this machine: Linux has such links, where /proc is mounted. */
export function canHandOver(): boolean {
  return existsSync('/proc/self/fd/0')
}
