import { report } from './report.js'
import { ActionError, escapeCommand, readInputs } from './runner.js'
import { start } from './start.js'
import { stop } from './stop.js'

// The step of action.yml. Plain JavaScript, since it runs on the Node that the job has, before anything is installed.

const COMMANDS = { start, report, stop }

try {
  const inputs = readInputs(process.env)
  if (!Object.hasOwn(COMMANDS, inputs.command)) {
    throw new ActionError(`command is "${inputs.command}": it must be start, report or stop.`)
  }
  await COMMANDS[inputs.command](inputs)
} catch (error) {
  if (!(error instanceof ActionError)) throw error
  process.stdout.write(`::error title=Twinpanel::${escapeCommand(error.message)}\n`)
  process.exitCode = 1
}
