import type { Environment } from '../config.ts'
import type { Result } from '../core/result.ts'
import { readVersion } from '../package-root.ts'
import { codeOf } from '../start-error.ts'
import { complain, exitCodes } from './exit-codes.ts'
import { COMMANDS, type Command } from './read-command.ts'

/** Runs a command to its end, and returns the exit code. Loads only what the command needs. */
export async function runCommand(command: Result<Command, string>, env: Environment): Promise<number> {
  // Whoever reads standard output, such as head, may stop before its end; that is no error.
  process.stdout.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') return
    complain(`Standard output cannot be written (${codeOf(error)}).`)
    process.exit(exitCodes.failure)
  })
  if (!command.ok) {
    complain(`${command.error}\ntwinpanel --help lists the commands and their options.`)
    return exitCodes.usage
  }
  switch (command.value.kind) {
    case 'help': {
      const { HELP } = await import('./help.ts')
      const { of } = command.value
      process.stdout.write(of === undefined ? HELP : COMMANDS[of].help)
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
      const { explainFile } = await import('./explain/explain-file.ts')
      return await explainFile(command.value, env)
    }
    case 'doctor': {
      const { doctor } = await import('./doctor/doctor.ts')
      return await doctor(command.value, env)
    }
    case 'distribute': {
      const { distribute } = await import('./distribute.ts')
      return await distribute(command.value, env)
    }
    case 'export': {
      const { exportRecords } = await import('./export/export.ts')
      return await exportRecords(command.value, env)
    }
    case 'send': {
      const { send } = await import('./send/send.ts')
      return await send(command.value, env)
    }
  }
}
