import { constants } from 'node:os'
import type { Environment } from '../../config.ts'
import type { SendCommand } from '../commands/send.ts'
import { complain, exitCodes } from '../exit-codes.ts'
import { nameOf } from '../files/read-bytes.ts'
import { Progress } from '../progress.ts'
import { onEndingSignals } from '../signals.ts'
import { DEFAULT_WIDTH, print } from '../terminal.ts'
import { count } from '../words.ts'
import { type Batch, readBatches } from './batches.ts'
import { Sender } from './post.ts'
import { printSummary } from './print-summary.ts'
import { readAnswer } from './read-answer.ts'
import { Tally } from './tally.ts'
import { targetOf, tokenWriter } from './target.ts'

/** What ended a run before the end of the file. */
interface Ending {
  readonly sentence: string
  readonly exitCode: number
}

/** Sends the records of a file. Returns the exit code. */
export async function send(command: SendCommand, env: Environment): Promise<number> {
  const target = targetOf(command, env['TWINPANEL_URL'])
  if (!target.ok) {
    complain(target.error)
    return exitCodes.usage
  }
  const stopping = new AbortController()
  const tally = new Tally(command.skip)
  const run = new Run(command, new Sender(target.value, stopping.signal), tally, stopping)
  stopOnSignals(run)
  const progress = new Progress(
    (perSecond) =>
      `${count(tally.sent, 'record')}  ${perSecond(tally.sent)}  ${count(tally.sent - tally.stored)} not stored`,
  )
  await run.toEnd()
  progress.stop()
  const { ending } = run
  // With nothing sent, there is only the reason to tell.
  if (ending === undefined || tally.sent > 0) await print(summarize(tally, command))
  if (ending === undefined) return tally.stored < tally.sent ? exitCodes.problem : exitCodes.ok
  complain(ending.sentence)
  if (tally.reached > command.skip) {
    const reached = `The first ${count(tally.reached, 'record')} of ${nameOf(command.file)} need not be sent again`
    complain(`${reached}: go on with --skip ${tally.reached}.`)
  }
  return ending.exitCode
}

function summarize(tally: Tally, { isJson }: SendCommand): string {
  if (!isJson) return printSummary(tally, process.stdout.columns ?? DEFAULT_WIDTH)
  const { sent, stored, reached, reasons } = tally
  return `${JSON.stringify({ sent, stored, reached, reasons }, undefined, 2)}\n`
}

/** The requests of a run, several at a time. */
class Run {
  readonly #command: SendCommand
  readonly #sender: Sender
  readonly #tally: Tally
  readonly #stopping: AbortController
  #ending: Ending | undefined

  constructor(command: SendCommand, sender: Sender, tally: Tally, stopping: AbortController) {
    this.#command = command
    this.#sender = sender
    this.#tally = tally
    this.#stopping = stopping
  }

  /** Undefined if the file was sent to its end. */
  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Sends no further request; those under way are answered. */
  stop(ending: Ending): void {
    this.#ending ??= ending
    this.#stopping.abort()
  }

  /** Sends all batches. */
  async toEnd(): Promise<void> {
    const { file, skip, concurrency } = this.#command
    const { signal } = this.#stopping
    const batches = readBatches(file, { skip, rewrite: tokenWriter(this.#command), signal })
    // Whether there is a server, and lets us in, one request tells.
    if (!(await this.#sendNext(batches))) return
    await Promise.all(Array.from({ length: concurrency }, () => this.#sendAll(batches)))
  }

  async #sendAll(batches: ReturnType<typeof readBatches>): Promise<void> {
    while (await this.#sendNext(batches));
  }

  /** Out: whether there may be more to send. */
  async #sendNext(batches: ReturnType<typeof readBatches>): Promise<boolean> {
    const next = await batches.next()
    if (next.done === true) {
      if (next.value !== undefined) {
        this.stop({
          sentence: `${nameOf(this.#command.file)} ${next.value.reason}.`,
          exitCode: exitCodes.usage,
        })
      }
      return false
    }
    if (this.#stopping.signal.aborted) return false
    return await this.#send(next.value)
  }

  async #send(batch: Batch): Promise<boolean> {
    const answer = await this.#sender.post(`[${batch.records.map(({ text }) => text).join(',')}]`)
    const reading = answer.ok ? readAnswer(answer.value, batch.records.length) : answer
    if (!reading.ok) {
      this.stop({ sentence: reading.error, exitCode: exitCodes.failure })
      return false
    }
    this.#tally.add(batch, reading.value)
    return !this.#stopping.signal.aborted
  }
}

/** The first signal stops after the requests under way, a further one ends the process at once. */
function stopOnSignals(run: Run): void {
  let isStopped = false
  onEndingSignals((signal) => {
    const exitCode = exitCodes.signalled + constants.signals[signal]
    if (isStopped) process.exit(exitCode)
    isStopped = true
    run.stop({ sentence: 'Stopped.', exitCode })
  })
}
