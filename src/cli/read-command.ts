import { hintAtName } from '../core/near-name.ts'
import { err, ok, type Result } from '../core/result.ts'
import { type CommandReader, readArguments } from './arguments.ts'
import { DISTRIBUTE, type DistributeCommand } from './commands/distribute.ts'
import { DOCTOR, type DoctorCommand } from './commands/doctor.ts'
import { EXEC, type ExecCommand } from './commands/exec.ts'
import { EXPLAIN, type ExplainCommand } from './commands/explain.ts'
import { EXPORT, type ExportCommand } from './commands/export.ts'
import { SEND, type SendCommand } from './commands/send.ts'
import { SERVE, type ServeCommand } from './commands/serve.ts'

/** What the command is to do. */
export type Command = HelpCommand | { readonly kind: 'version' } | NamedCommand

type NamedCommand =
  | ServeCommand
  | ExecCommand
  | ExplainCommand
  | SendCommand
  | ExportCommand
  | DoctorCommand
  | DistributeCommand

/** `of` is the command to explain; undefined for all of them. */
interface HelpCommand {
  readonly kind: 'help'
  readonly of: CommandName | undefined
}

/** The name of a command with arguments. */
export type CommandName = NamedCommand['kind']

/** The commands, in the order of the help. */
export const COMMANDS: { readonly [Name in CommandName]: CommandReader<NamedCommand & { kind: Name }> } = {
  serve: SERVE,
  exec: EXEC,
  explain: EXPLAIN,
  send: SEND,
  export: EXPORT,
  doctor: DOCTOR,
  distribute: DISTRIBUTE,
}

const NAMES: readonly string[] = [...Object.keys(COMMANDS), 'help', 'version']

/** Reads the arguments of the command. Error: a sentence that says what is wrong with them. */
export function readCommand(argv: readonly string[]): Result<Command, string> {
  const [first] = argv
  const isNamed = first !== undefined && !first.startsWith('-')
  const name = isNamed ? first : 'serve'
  if (name === 'help') return readHelp(argv[1])
  if (name === 'version') return ok({ kind: name })
  if (!isName(name)) return unknown(name)
  const given = readArguments(name, COMMANDS[name].options, isNamed ? argv.slice(1) : argv)
  if (!given.ok) return given
  if (given.value.flags.has('help')) return ok({ kind: 'help', of: isNamed ? name : undefined })
  if (given.value.flags.has('version')) return ok({ kind: 'version' })
  return COMMANDS[name].read(given.value)
}

function readHelp(of: string | undefined): Result<Command, string> {
  if (of === undefined || of.startsWith('-')) return ok({ kind: 'help', of: undefined })
  return isName(of) ? ok({ kind: 'help', of }) : unknown(of)
}

function isName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name)
}

function unknown(name: string): Result<never, string> {
  return err(`There is no command ${JSON.stringify(name)}. ${hintAtName(name, NAMES)}`)
}
