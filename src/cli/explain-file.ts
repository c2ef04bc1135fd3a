import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { explain } from '../api/explain.ts'
import { runAtOnce } from '../core/decode/steps.ts'
import { err, ok, type Result } from '../core/result.ts'
import { codeOf } from '../start-error.ts'
import type { ExplainCommand } from './commands/explain.ts'
import { complain, exitCodes } from './exit-codes.ts'
import { findProblems, printExplanation } from './print-explanation.ts'
import { readRecords } from './read-records.ts'
import { DEFAULT_WIDTH, print } from './terminal.ts'

/** Explains the records of a file. Returns the exit code. */
export async function explainFile({ file, endpoint, isJson }: ExplainCommand): Promise<number> {
  const name = file === '-' ? 'standard input' : file
  const content = await read(file)
  const records = content.ok ? readRecords(content.value) : content
  if (!records.ok) {
    complain(`${name} ${records.error}.`)
    return exitCodes.usage
  }
  const explained = runAtOnce(
    explain({ records: [...records.value], endpoint }, { clock: Date.now, newId: randomUUID }),
  )
  const shown = isJson
    ? `${JSON.stringify(explained, undefined, 2)}\n`
    : printExplanation(explained, process.stdout.columns ?? DEFAULT_WIDTH)
  await print(shown)
  return findProblems(explained).length > 0 ? exitCodes.problem : exitCodes.ok
}

/** Error: the end of a sentence about the file. */
async function read(file: string): Promise<Result<string, string>> {
  if (file === '-') return ok(await text(process.stdin))
  try {
    return ok(await readFile(file, 'utf8'))
  } catch (error) {
    return err(`cannot be read (${codeOf(error)})`)
  }
}
