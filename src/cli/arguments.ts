import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { hintAtName } from '../core/near-name.ts'
import { err, ok, type Result } from '../core/result.ts'

/** The arguments of one command. */
export interface Given {
  readonly values: ReadonlyMap<string, string>
  readonly flags: ReadonlySet<string>
  readonly words: readonly string[]
  /** What follows `--`; undefined without it. */
  readonly rest: readonly string[] | undefined
}

/** One command: its options, what `--help` says of it, and how its arguments are read. */
export interface CommandReader<T> {
  readonly options: ParseArgsOptionsConfig
  readonly help: string
  /** Error: a sentence that says what is wrong with the arguments. */
  readonly read: (given: Given) => Result<T, string>
}

const FOR_ALL = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const satisfies ParseArgsOptionsConfig

/** Reads the arguments after the name of a command. Error: a sentence about the first wrong one. */
export function readArguments(
  name: string,
  options: ParseArgsOptionsConfig,
  argv: readonly string[],
): Result<Given, string> {
  const known: ParseArgsOptionsConfig = { ...options, ...FOR_ALL }
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
