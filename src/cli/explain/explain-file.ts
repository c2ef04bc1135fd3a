import { randomUUID } from 'node:crypto'
import { explain } from '../../api/explain.ts'
import type { Environment } from '../../config.ts'
import { runAtOnce } from '../../core/decode/steps.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { ExplainCommand } from '../commands/explain.ts'
import { complain, exitCodes } from '../exit-codes.ts'
import { nameOf, readBytes, whyUnreadable } from '../files/read-bytes.ts'
import { styleFor } from '../style.ts'
import { DEFAULT_WIDTH, print } from '../terminal.ts'
import { findProblems, printExplanation } from './print-explanation.ts'
import { readRecords } from './read-records.ts'

/** Far more than the records that are explained at once can have. */
const MAX_BYTES = 64 * 1_048_576

/** Explains the records of a file. Returns the exit code. */
export async function explainFile(
  { file, endpoint, isJson }: ExplainCommand,
  env: Environment,
): Promise<number> {
  const content = await read(file)
  const records = content.ok ? readRecords(content.value) : content
  if (!records.ok) {
    complain(`${nameOf(file)} ${records.error}.`)
    return exitCodes.usage
  }
  const explained = runAtOnce(
    explain({ records: [...records.value], endpoint }, { clock: Date.now, newId: randomUUID }),
  )
  const { isTTY, columns = DEFAULT_WIDTH } = process.stdout
  await print(
    isJson
      ? `${JSON.stringify(explained, undefined, 2)}\n`
      : printExplanation(explained, columns, styleFor(env, isTTY)),
  )
  return findProblems(explained).length > 0 ? exitCodes.problem : exitCodes.ok
}

/** Error: the end of a sentence about the file. */
async function read(file: string): Promise<Result<string, string>> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of readBytes(file)) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MAX_BYTES) return err('is larger than 64 MB: explain takes some records of it')
    }
  } catch (error) {
    return err(whyUnreadable(error))
  }
  return ok(Buffer.concat(chunks).toString())
}
