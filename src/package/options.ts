import { type Config, type LogLevel, parseConfig } from '../config.ts'
import { hintAtName } from '../core/near-name.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { VariableName } from '../variables.ts'

/** What `startTwinpanel` can be told. The environment is not read, so that an application's DATABASE_URL is not used. */
export interface TwinpanelOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string
  /** Port to listen on; any free port by default. */
  readonly port?: number
  /** postgres:// URL of a database to use in place of the embedded Postgres. */
  readonly databaseUrl?: string
  /** Directory to keep the data in; by default a temporary one, which `stop` removes. */
  readonly dataDir?: string
  /** Bearer token for /_twin; required if `host` is not a loopback address. */
  readonly adminToken?: string
  /** Whether an unknown token creates a project; `create` by default, `drop` with `databaseUrl`. */
  readonly unknownTokens?: 'create' | 'drop'
  /** What to log to standard error; nothing by default. */
  readonly log?: LogLevel
  /** Cancels the start. */
  readonly signal?: AbortSignal
}

/** The options that are variables of the server, too. */
const VARIABLE_OF = {
  host: 'HOST',
  port: 'PORT',
  databaseUrl: 'DATABASE_URL',
  dataDir: 'TWINPANEL_DATA_DIR',
  adminToken: 'TWINPANEL_ADMIN_TOKEN',
  unknownTokens: 'TWINPANEL_UNKNOWN_TOKENS',
  log: 'LOG_LEVEL',
} as const satisfies Partial<Record<keyof TwinpanelOptions, VariableName>>

const VARIABLES = Object.entries(VARIABLE_OF)
const NAMES: readonly string[] = [...Object.keys(VARIABLE_OF), 'signal']

/** The configuration that options mean. Error: a sentence that names each wrong option. */
export function readOptions(
  options: TwinpanelOptions,
): Result<{ readonly config: Config; readonly isEphemeral: boolean }, string> {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) {
    return err(`startTwinpanel has no option ${JSON.stringify(unknown)}. ${hintAtName(unknown, NAMES)}`)
  }
  const values = new Map<string, unknown>(Object.entries(options))
  const given = VARIABLES.flatMap(([option, variable]) => {
    const value = values.get(option)
    return value === undefined ? [] : [[variable, String(value)] as const]
  })
  const config = parseConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',

    ...Object.fromEntries(given),
  })
  if (!config.ok) return err(config.error.map(({ message }) => nameOptions(message)).join('\n'))
  return ok({ config: config.value, isEphemeral: !options.databaseUrl && !options.dataDir })
}

/** A sentence about variables, with the names of the options. */
export function nameOptions(message: string): string {
  return VARIABLES.reduce(
    (text, [option, variable]) => text.replaceAll(new RegExp(`\\b${variable}\\b`, 'g'), option),
    message,
  )
}
