import { resolve } from 'node:path'
import { type Environment, parseConfig } from '../../config.ts'
import { VARIABLES } from '../../variables.ts'
import type { DoctorCommand } from '../commands/doctor.ts'
import { exitCodes } from '../exit-codes.ts'
import { styleFor } from '../style.ts'
import { DEFAULT_WIDTH, print } from '../terminal.ts'
import { readVersion } from '../version.ts'
import { type Check, good, problem } from './check.ts'
import { checkDirectory, checkEmbedded, checkOwnDatabase } from './check-data.ts'
import { checkPort } from './check-port.ts'
import { checkContainer, checkNames, checkNode, checkProxies } from './check-surroundings.ts'
import { printReport } from './print-report.ts'
import { scanFolder } from './scan-folder.ts'

/** Looks at the machine and a folder. Returns the exit code. */
export async function doctor({ folder, isJson }: DoctorCommand, env: Environment): Promise<number> {
  const [checks, scan] = await Promise.all([
    checkAll(env),
    scanFolder(resolve(folder), `localhost:${portOf(env)}`),
  ])
  const { isTTY, columns = DEFAULT_WIDTH } = process.stdout
  await print(
    isJson
      ? `${JSON.stringify({ checks, ...scan }, undefined, 2)}\n`
      : printReport(checks, scan, columns, styleFor(env, isTTY)),
  )
  return checks.some(({ status }) => status === 'problem') ? exitCodes.problem : exitCodes.ok
}

async function checkAll(env: Environment): Promise<readonly Check[]> {
  const names = VARIABLES.map(({ name }) => name)
  const config = parseConfig(env)
  const around = [checkNode(readVersion()), ...checkNames(env, names), ...checkProxies(env)]
  if (!config.ok) return [...around, ...config.error.map(({ message }) => problem('variables', message))]
  const { databaseUrl, dataDir } = config.value
  const data =
    databaseUrl === undefined
      ? [await checkDirectory(dataDir), ...(await checkEmbedded())]
      : [await checkOwnDatabase(databaseUrl)]
  const set = names.filter((name) => env[name])
  const variables = good('variables', set.length === 0 ? 'none is set' : `${set.join(', ')} can be used`)
  return [...around, variables, ...checkContainer(config.value), await checkPort(config.value), ...data]
}

/** The port as far as it is a number, for the lines to write. */
function portOf(env: Environment): string {
  const port = env['PORT'] ?? ''
  return /^[1-9]\d{0,4}$/.test(port) ? port : '4100'
}
