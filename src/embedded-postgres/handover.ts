import { closeSync, constants, existsSync, openSync } from 'node:fs'
import type { Context } from './context.ts'

/** A directory as a child process will see it. */
export interface Handover {
  /** The path to pass to the program. */
  readonly path: string
  /** To append to the first three entries of `spawn`'s `stdio`. */
  readonly descriptors: readonly number[]
  /** Closes our descriptor, once the program has started. */
  close(): void
}

/** The path of the first file passed after standard input, output and error. */
const firstDescriptor = '/proc/self/fd/3'

/**
 * Passes a directory to a program that cannot enter its parents: as an open file, since a link of /proc/self/fd
 * leads to the directory without checking those above it. Postgres and the processes it forks keep the descriptor, and
 * no permissions change. If the user can enter the path, the path itself is passed.
 */
export function handOver(
  directory: string,
  { handsOverDirectories }: Pick<Context, 'handsOverDirectories'>,
): Handover {
  if (!handsOverDirectories) return { path: directory, descriptors: [], close: () => undefined }
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  return { path: firstDescriptor, descriptors: [descriptor], close: () => closeSync(descriptor) }
}

/** Whether directories can be passed as open files here: on Linux with /proc mounted. */
export function canHandOver(): boolean {
  return existsSync('/proc/self/fd/0')
}
