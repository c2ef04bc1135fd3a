import { type Environment, parseConfig } from '../config.ts'
import { distributeDatabase } from '../server/distribute-database.ts'
import type { DistributeCommand } from './commands/distribute.ts'
import { complain, exitCodes } from './exit-codes.ts'
import { print } from './terminal.ts'

/** Distributes a database. Returns the exit code. */
export async function distribute(command: DistributeCommand, env: Environment): Promise<number> {
  const given = command.databaseUrl === undefined ? {} : { DATABASE_URL: command.databaseUrl }
  const config = parseConfig({ ...env, ...given })
  if (!config.ok) {
    for (const { message } of config.error) complain(message)
    return exitCodes.configuration
  }
  const { databaseUrl } = config.value
  if (databaseUrl === undefined) {
    complain('Which database? Set DATABASE_URL, or give --database-url.')
    return exitCodes.usage
  }
  const done = await distributeDatabase(databaseUrl)
  if (!done.ok) {
    complain(done.error)
    return exitCodes.failure
  }
  await print(`${done.value}\n`)
  return exitCodes.ok
}
