import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Environment } from '../config.ts'
import { hintAtName } from '../core/near-name.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { InterceptOptions, TwinpanelOptions } from '../package/options.ts'

/** What the command is to do. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  /** `variables` take precedence over the environment. */
  | { readonly kind: 'serve'; readonly variables: Environment; readonly isEphemeral: boolean }
  | {
      readonly kind: 'exec'
      readonly options: TwinpanelOptions
      readonly program: string
      readonly args: readonly string[]
    }
  | ExplainCommand

/** `file` is a path, or `-` for standard input. */
export interface ExplainCommand {
  readonly kind: 'explain'
  readonly file: string
  readonly endpoint: 'track' | 'import'
  readonly isJson: boolean
}

const FOR_ALL = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const satisfies ParseArgsOptionsConfig

const OPTIONS = {
  serve: {
    port: { type: 'string' },
    host: { type: 'string' },
    'database-url': { type: 'string' },
    'data-dir': { type: 'string' },
    ephemeral: { type: 'boolean' },
  },
  exec: {
    port: { type: 'string' },
    'database-url': { type: 'string' },
    'data-dir': { type: 'string' },
    intercept: { type: 'boolean' },
    'pass-through': { type: 'string' },
    project: { type: 'string' },
  },
  explain: { endpoint: { type: 'string' }, json: { type: 'boolean' } },
} as const satisfies Readonly<Record<string, ParseArgsOptionsConfig>>

type Name = keyof typeof OPTIONS
const NAMES: readonly string[] = [...Object.keys(OPTIONS), 'help', 'version']

/** The arguments of one command. */
interface Given {
  readonly values: ReadonlyMap<string, string>
  readonly flags: ReadonlySet<string>
  readonly words: readonly string[]
  /** What follows `--`; undefined without it. */
  readonly rest: readonly string[] | undefined
}

/** Reads the arguments of the command. Error: a sentence that says what is wrong with them. */
export function readCommand(argv: readonly string[]): Result<Command, string> {
  const [first] = argv
  const isNamed = first !== undefined && !first.startsWith('-')
  const name = isNamed ? first : 'serve'
  if (name === 'help' || name === 'version') return ok({ kind: name })
  if (!isName(name)) return err(`There is no command ${JSON.stringify(name)}. ${hintAtName(name, NAMES)}`)
  const given = readArguments(name, isNamed ? argv.slice(1) : argv)
  if (!given.ok) return given
  if (given.value.flags.has('help')) return ok({ kind: 'help' })
  if (given.value.flags.has('version')) return ok({ kind: 'version' })
  return READERS[name](given.value)
}

const READERS: Readonly<Record<Name, (given: Given) => Result<Command, string>>> = {
  serve: readServe,
  exec: readExec,
  explain: readExplain,
}

function isName(name: string): name is Name {
  return Object.hasOwn(OPTIONS, name)
}

function readArguments(name: Name, argv: readonly string[]): Result<Given, string> {
  const known: ParseArgsOptionsConfig = { ...OPTIONS[name], ...FOR_ALL }
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  const { tokens } = parseArgs({ args: [...own], options: known, strict: false, tokens: true })
  const [values, flags, words] = [new Map<string, string>(), new Set<string>(), [] as string[]]
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined
    const names = Object.keys(known).map((each) => `--${each}`)
    if (option === undefined) {
      return err(`twinpanel ${name} has no option ${token.rawName}. ${hintAtName(`--${token.name}`, names)}`)
    }
    const misused = findMisuse(token, option)
    if (misused !== undefined) return err(misused)
    if (token.value === undefined) flags.add(token.name)
    else values.set(token.name, token.value)
  }
  return ok({ values, flags, words, rest: end < 0 ? undefined : argv.slice(end + 1) })
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function findMisuse(
  { name, rawName, value, inlineValue }: OptionToken,
  { type }: { readonly type: 'string' | 'boolean' },
): string | undefined {
  if (type === 'boolean') return value === undefined ? undefined : `${rawName} takes no value.`
  if (!value || (value.startsWith('-') && inlineValue !== true)) return `${rawName} needs a value.`
  const isNoPort = name === 'port' && !(/^\d{1,5}$/.test(value) && Number(value) <= 65_535)
  if (isNoPort) return `--port is ${JSON.stringify(value)}: it must be a whole number from 0 to 65535.`
  return undefined
}

const VARIABLE_OF = {
  port: 'PORT',
  host: 'HOST',
  'database-url': 'DATABASE_URL',
  'data-dir': 'TWINPANEL_DATA_DIR',
} as const

function readServe({ values, flags, words, rest }: Given): Result<Command, string> {
  const extra = [...words, ...(rest ?? [])][0]
  if (extra !== undefined) return err(`twinpanel serve takes options only, not ${JSON.stringify(extra)}.`)
  const isEphemeral = flags.has('ephemeral')
  const named = ['data-dir', 'database-url'].find((name) => values.has(name))
  if (isEphemeral && named !== undefined) return err(`Use either --ephemeral or --${named}.`)
  const variables = Object.entries(VARIABLE_OF).map(
    ([name, variable]) => [variable, values.get(name)] as const,
  )
  const given = variables.filter(([, value]) => value !== undefined)
  return ok({ kind: 'serve', variables: Object.fromEntries(given), isEphemeral })
}

function readExec({ values, flags, words, rest }: Given): Result<Command, string> {
  if (words.length > 0) {
    return err(`Put -- before the command: twinpanel exec -- ${[...words, ...(rest ?? [])].join(' ')}`)
  }
  const [program, ...args] = rest ?? []
  if (program === undefined) return err('Name the command to run: twinpanel exec -- npm test')
  const ofIntercept = ['pass-through', 'project'].find((name) => values.has(name))
  const intercept = flags.has('intercept') ? readIntercept(values) : undefined
  if (ofIntercept !== undefined && intercept === undefined)
    return err(`Use --${ofIntercept} with --intercept.`)
  const [port, databaseUrl, dataDir] = ['port', 'database-url', 'data-dir'].map((name) => values.get(name))
  const options = {
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(intercept === undefined ? {} : { intercept }),
  }
  return ok({ kind: 'exec', options, program, args })
}

function readIntercept(values: Given['values']): InterceptOptions {
  const [hosts, project] = [values.get('pass-through'), values.get('project')]
  return {
    ...(hosts === undefined ? {} : { passThrough: hosts.split(',').map((host) => host.trim()) }),
    ...(project === undefined ? {} : { project }),
  }
}

function readExplain({ values, flags, words, rest }: Given): Result<Command, string> {
  const [file, ...extra] = [...words, ...(rest ?? [])]
  if (file === undefined) {
    return err('Name a file of records, or - for standard input: twinpanel explain events.json')
  }
  if (extra.length > 0) return err(`twinpanel explain takes one file, not ${extra.length + 1}.`)
  const endpoint = values.get('endpoint') ?? 'track'
  if (endpoint !== 'track' && endpoint !== 'import') {
    return err(`--endpoint is ${JSON.stringify(endpoint)}: it must be track or import.`)
  }
  return ok({ kind: 'explain', file, endpoint, isJson: flags.has('json') })
}
