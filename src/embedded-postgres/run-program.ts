import { spawn } from 'node:child_process'
import type { Context } from './context.ts'
import { ids } from './user.ts'

/** How a program ended. */
export interface ProgramEnd {
  /** The exit code; undefined if it could not be started or was killed. */
  readonly code: number | undefined
  /** Standard output and error together. */
  readonly output: string
}

/** How to run a program, besides its arguments. */
export interface RunOptions extends Pick<Partial<Context>, 'account' | 'signal' | 'onWaiting'> {
  /** Files to pass in addition to standard input, output and error. */
  readonly descriptors?: readonly number[]
}

/** Runs a program to its end, as `account` if given. Never throws: errors are in the output. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProgramEnd> {
  return new Promise((done) => {
    const child = spawn(program, args, {
      ...ids(options.account),
      ...(options.signal ? { signal: options.signal } : {}),
      env: programEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe', ...(options.descriptors ?? [])],
    })
    options.onWaiting?.()
    let output = ''
    const collect = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => done({ code: undefined, output: `${output}${error.message}` }))
    child.on('close', (code) => done({ code: code ?? undefined, output }))
  })
}

/**
 * The environment for Postgres programs: not inherited, since ours may contain secrets and PG* variables that change
 * what Postgres does. The C locale keeps messages in English; a named time zone saves initdb a search.
 */
export function programEnvironment(): Record<string, string> {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP']
  const entries = kept.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(entries), LC_ALL: 'C', TZ: 'UTC' }
}
