/** Exit codes of the command: of its own failures by the conventions of sysexits.h, and of a shell for a command it runs. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  /** Also: `explain` found a problem in a record. */
  problem: 1,
  usage: 2,
  configuration: 78,
  notExecutable: 126,
  notFound: 127,
  /** Plus the number of the signal. */
  signalled: 128,
} as const

/** Writes a sentence to standard error. */
export function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}
