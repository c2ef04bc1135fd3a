import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Environment } from '../config.ts'
import type { TwinpanelOptions } from '../package/options.ts'
import { startTwinpanel, type Twinpanel, TwinpanelStartError } from '../package/start-twinpanel.ts'
import { codeOf } from '../start-error.ts'
import type { ExecCommand } from './commands/exec.ts'
import { complain, exitCodes } from './exit-codes.ts'
import { type EndingSignal, onEndingSignals, onNpmGone } from './signals.ts'

/** The command under way, and the first signal that came. */
interface Run {
  child: ChildProcess | undefined
  received: EndingSignal | undefined
}

/** Runs a command with a server of its own. Returns the command's exit code. */
export async function exec({ options, ...command }: ExecCommand, env: Environment): Promise<number> {
  const run: Run = { child: undefined, received: undefined }
  const starting = new AbortController()
  const pass = (signal: EndingSignal) => {
    run.received ??= signal
    starting.abort()
    // The terminal has sent a Ctrl-C to the command already.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) run.child?.kill(signal)
  }
  onEndingSignals(pass)
  onNpmGone(env['npm_lifecycle_event'], () => pass('SIGTERM'))
  const twinpanel = await start({ ...options, signal: starting.signal })
  if (typeof twinpanel === 'string') {
    if (run.received !== undefined) return codeOfSignal(run.received)
    complain(twinpanel)
    return exitCodes.failure
  }
  try {
    if (run.received !== undefined) return codeOfSignal(run.received)
    return await runToEnd(command, { ...env, TWINPANEL_URL: twinpanel.url }, run)
  } finally {
    await twinpanel.stop()
  }
}

/** A server, or why there is none. */
async function start(options: TwinpanelOptions): Promise<Twinpanel | string> {
  try {
    return await startTwinpanel(options)
  } catch (error) {
    if (error instanceof TwinpanelStartError) return error.message
    throw error
  }
}

function runToEnd(
  { program, args }: Pick<ExecCommand, 'program' | 'args'>,
  env: Environment,
  run: Run,
): Promise<number> {
  return new Promise((ended) => {
    // On Windows, npm and npx are scripts, which only a shell runs.
    const child = spawn(program, args, { env, stdio: 'inherit', shell: process.platform === 'win32' })
    run.child = child
    child.once('error', (error) => {
      complain(`The command ${JSON.stringify(program)} cannot be run (${codeOf(error)}).`)
      ended(codeOf(error) === 'ENOENT' ? exitCodes.notFound : exitCodes.notExecutable)
    })
    child.once('exit', (code, signal) => ended(signal === null ? (code ?? 0) : codeOfSignal(signal)))
  })
}

function codeOfSignal(signal: NodeJS.Signals): number {
  return exitCodes.signalled + constants.signals[signal]
}
