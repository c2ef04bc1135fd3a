import { type Config, type LogLevel, parseConfig } from '../config.ts'
import { hintAtName } from '../core/near-name.ts'
import { err, ok, type Result } from '../core/result.ts'
import { readPassThrough } from '../intercept/hosts.ts'
import type { InterceptSettings } from '../intercept/intercept.ts'
import type { VariableName } from '../variables.ts'

/** What a proxy for Mixpanel's hosts can be told. */
export interface InterceptOptions {
  /**
   * Other hosts that may be reached through the proxy: names, `*.example.com`, or `*` for all. By default none but those
   * of this machine.
   */
  readonly passThrough?: readonly string[]
  /**
   * The token of a project that any secret and any service account gives access to, so that the application under test
   * can keep its own; by default, unknown ones are refused.
   */
  readonly project?: string
}

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
  /** Whether to start a proxy that answers for Mixpanel's hosts, for programs that cannot be told another one. */
  readonly intercept?: boolean | InterceptOptions
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
const NAMES: readonly string[] = [...Object.keys(VARIABLE_OF), 'intercept', 'signal']

/** What options mean. */
interface ReadOptions {
  readonly config: Config
  readonly isEphemeral: boolean
  readonly intercept: InterceptSettings | undefined
}

/** The configuration that options mean. Error: a sentence that names each wrong option. */
export function readOptions(options: TwinpanelOptions): Result<ReadOptions, string> {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) {
    return err(`startTwinpanel has no option ${JSON.stringify(unknown)}. ${hintAtName(unknown, NAMES)}`)
  }
  const values = new Map<string, unknown>(Object.entries(options))
  const given = VARIABLES.flatMap(([option, variable]) => {
    const value = values.get(option)
    return value === undefined ? [] : [[variable, String(value)] as const]
  })
  const config = parseConfig({ PORT: '0', LOG_LEVEL: 'silent', ...Object.fromEntries(given) })
  if (!config.ok) return err(config.error.map(({ message }) => nameOptions(message)).join('\n'))
  const intercept = readIntercept(options.intercept)
  if (!intercept.ok) return intercept
  const isEphemeral = !options.databaseUrl && !options.dataDir
  return ok({ config: config.value, isEphemeral, intercept: intercept.value })
}

const INTERCEPT_NAMES: readonly string[] = ['passThrough', 'project']

function readIntercept(
  intercept: TwinpanelOptions['intercept'],
): Result<InterceptSettings | undefined, string> {
  if (intercept === undefined || intercept === false) return ok(undefined)
  const { passThrough = [], project, ...others } = intercept === true ? {} : intercept
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    return err(`intercept has no option ${JSON.stringify(unknown)}. ${hintAtName(unknown, INTERCEPT_NAMES)}`)
  }
  if (project !== undefined && !/^[\x21-\x7e]{1,128}$/.test(project)) {
    return err(
      `The project is ${JSON.stringify(project)}: it must be a token, 1 to 128 visible ASCII characters.`,
    )
  }
  if (!Array.isArray(passThrough)) return err("passThrough must be a list of hosts, such as ['example.com'].")
  const hosts = readPassThrough(passThrough)
  return hosts.ok ? ok({ passThrough: hosts.value, project }) : hosts
}

/** A sentence about variables, with the names of the options. */
export function nameOptions(message: string): string {
  return VARIABLES.reduce(
    (text, [option, variable]) => text.replaceAll(new RegExp(`\\b${variable}\\b`, 'g'), option),
    message,
  )
}
