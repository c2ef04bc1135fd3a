import type { Environment } from '../config.ts'
import type { Result } from '../core/result.ts'
import { readVersion } from '../package-root.ts'
import { complain, exitCodes } from './exit-codes.ts'
import type { Command } from './read-command.ts'

/** Runs a command to its end, and returns the exit code. Loads only what the command needs. */
export async function runCommand(command: Result<Command, string>, env: Environment): Promise<number> {
  if (!command.ok) {
    complain(`${command.error}\ntwinpanel --help lists the commands and their options.`)
    return exitCodes.usage
  }
  switch (command.value.kind) {
    case 'help': {
      const { HELP } = await import('./help.ts')
      process.stdout.write(HELP)
      return exitCodes.ok
    }
    case 'version':
      process.stdout.write(`${readVersion()}\n`)
      return exitCodes.ok
    case 'serve': {
      const { serve } = await import('./serve.ts')
      return await serve(command.value, env)
    }
    case 'exec': {
      const { exec } = await import('./exec.ts')
      return await exec(command.value, env)
    }
    case 'explain': {
      const { explainFile } = await import('./explain-file.ts')
      return await explainFile(command.value)
    }
  }
}
