import { flushOutput } from './cli/flush-output.ts'
import { readCommand } from './cli/read-command.ts'
import { runCommand } from './cli/run-command.ts'

// With --warm, which the install runs, everything is loaded for the compile cache and nothing is started.
if (process.argv[2] === '--warm') {
  const { warm } = await import('./server/warm.ts')
  await warm()
} else if (process.argv[2] === '--worker') {
  // A process that src/workers/team.ts starts.
  const { runWorker } = await import('./cli/worker.ts')
  process.exit(await runWorker())
} else {
  const exitCode = await runCommand(readCommand(process.argv.slice(2)), process.env)
  await flushOutput()
  process.exit(exitCode)
}
