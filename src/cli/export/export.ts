import { constants } from 'node:os'
import type { Environment } from '../../config.ts'
import { codeOf } from '../../start-error.ts'
import type { ExportCommand } from '../commands/export.ts'
import { complain, exitCodes } from '../exit-codes.ts'
import { Progress } from '../progress.ts'
import { readServerUrl } from '../server-url.ts'
import { onEndingSignals } from '../signals.ts'
import { count } from '../words.ts'
import { ExportError } from './export-error.ts'
import { readFromProject } from './read-project.ts'
import { readRawEvents, readRawProfiles } from './read-raw.ts'
import { writeLines } from './write-lines.ts'

/** Writes the records of a project. Returns the exit code. */
export async function exportRecords(command: ExportCommand, env: Environment): Promise<number> {
  const url = readServerUrl(command.url ?? env['TWINPANEL_URL'])
  if (!url.ok) {
    complain(url.error)
    return exitCodes.usage
  }
  const noun = command.isProfiles ? 'profile' : 'event'
  let written = 0
  const progress = new Progress((perSecond) => `${count(written, noun)}  ${perSecond(written)}`)
  const stopped = stopOnSignals()
  try {
    const lines = counted(read(command, url.value, env), (more) => {
      written += more
    })
    await writeLines(lines, { ...command, signal: stopped })
  } catch (error) {
    progress.stop()
    return explainFailure(error, command.file, stopped)
  }
  progress.stop()
  const isSaid = command.file !== '-' || (process.stderr.isTTY && !process.stdout.isTTY)
  if (isSaid) complain(`${count(written, noun)}${command.file === '-' ? '' : ` written to ${command.file}`}`)
  return exitCodes.ok
}

function read(command: ExportCommand, url: URL, env: Environment): AsyncIterable<string> {
  const { access } = command
  if (access.kind === 'project') {
    const adminToken = access.adminToken ?? env['TWINPANEL_ADMIN_TOKEN']
    return readFromProject(command, { ...access, adminToken }, url)
  }
  return command.isProfiles ? readRawProfiles(command, access, url) : readRawEvents(command, access, url)
}

async function* counted(
  lines: AsyncIterable<string>,
  onMore: (more: number) => void,
): AsyncGenerator<string> {
  for await (const text of lines) {
    let more = 0
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) more += 1
    onMore(more)
    yield text
  }
}

/** The reason is the exit code. */
function stopOnSignals(): AbortSignal {
  const stopping = new AbortController()
  onEndingSignals((signal) => {
    const exitCode = exitCodes.signalled + constants.signals[signal]
    if (stopping.signal.aborted) process.exit(exitCode)
    stopping.abort(exitCode)
  })
  return stopping.signal
}

function explainFailure(error: unknown, file: string, stopped: AbortSignal): number {
  if (stopped.aborted) return typeof stopped.reason === 'number' ? stopped.reason : exitCodes.failure
  const code = codeOf(error)
  // Whoever reads standard output has seen enough.
  if (code === 'EPIPE') return exitCodes.signalled + constants.signals.SIGPIPE
  if (error instanceof ExportError) complain(error.message)
  else if (code === 'no code') throw error
  else complain(`${file === '-' ? 'Standard output' : file} cannot be written (${code}).`)
  return exitCodes.failure
}
