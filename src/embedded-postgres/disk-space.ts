import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedLog } from './context.ts'

/** What Postgres needs to recover: segments of its log, and what the checkpoint after it writes. */
const RECOVERY_BYTES = 64 * 1_048_576
const MB = 1_048_576
const CHECK_EVERY_MS = 1_000
/** So much more than the reserve must be free again: otherwise records would be refused and taken in turns. */
const MORE = 0.1

interface DiskSpaceOptions {
  /** The data directory, which need not exist yet. */
  readonly directory: string
  /** Below so much free space there is a shortage; 0 for none. */
  readonly reserveBytes: number
  readonly log: EmbeddedLog
  /** Bytes that can still be written; undefined where the system does not tell. */
  readonly freeBytes?: (directory: string) => Promise<number | undefined>
}

/**
 * Watches the free space of the disk of a data directory. There is a shortage below the reserve, which is kept for the
 * recovery of Postgres, and while Postgres waits for room. It is logged when it begins and when it ends.
 */
export class DiskSpace {
  readonly #options: Required<DiskSpaceOptions>
  readonly #timer: NodeJS.Timeout | undefined
  #freeBytes = Number.POSITIVE_INFINITY
  #isShort = false
  #holds = 0

  constructor(options: DiskSpaceOptions) {
    this.#options = { freeBytes: freeBytesOf, ...options }
    this.#timer = setInterval(() => void this.check(), CHECK_EVERY_MS).unref()
  }

  /** Why no records can be taken, as a sentence; undefined if they can. Names no path: anybody may read it. */
  get shortage(): string | undefined {
    return this.#isShort ? `The disk of the data directory is full: ${this.#describe()}.` : undefined
  }

  /** Looks now. */
  async check(): Promise<void> {
    const { directory, reserveBytes, log, freeBytes } = this.#options
    this.#freeBytes = (await freeBytes(directory)) ?? Number.POSITIVE_INFINITY
    const wanted = this.#isShort ? reserveBytes + MORE * reserveBytes : reserveBytes
    const isShort = this.#holds > 0 || this.#freeBytes < wanted
    if (isShort === this.#isShort) return
    this.#isShort = isShort
    if (isShort) {
      log.warn(`The disk of ${directory} is full: ${this.#describe()}. Records are answered 503 until then.`)
    } else {
      log.warn(`The disk of ${directory} has room again: ${toMb(this.#freeBytes)} free. Records are taken.`)
    }
  }

  /** Declares a shortage whatever the free space, since Postgres waits for room. Out: ends it. */
  async hold(): Promise<() => Promise<void>> {
    this.#holds++
    await this.check()
    return async () => {
      this.#holds--
      await this.check()
    }
  }

  /** Waits until Postgres has room to recover; false if the signal is aborted before. */
  async untilRoom(signal: AbortSignal | undefined): Promise<boolean> {
    for (;;) {
      await this.check()
      if (signal?.aborted === true) return false
      if (this.#freeBytes >= RECOVERY_BYTES) return true
      await delay(CHECK_EVERY_MS, undefined, { ref: false, signal }).catch(() => undefined)
    }
  }

  /** Whether a Postgres that ended with this output may have done so for lack of room. */
  async explains(output: string): Promise<boolean> {
    await this.check()
    return isOutOfSpace(output) || this.#freeBytes < RECOVERY_BYTES
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #describe(): string {
    const { reserveBytes } = this.#options
    const wanted = Math.max(reserveBytes + MORE * reserveBytes, this.#holds > 0 ? RECOVERY_BYTES : 0)
    const missing = Math.max(0, wanted - this.#freeBytes)
    return `${toMb(this.#freeBytes)} are free, and ${toMb(missing)} are missing`
  }
}

/** Whether an error's text, or the output of a program, says that the disk is full. */
export function isOutOfSpace(text: string): boolean {
  return /No space left on device|\bENOSPC\b/.test(text)
}

async function freeBytesOf(directory: string): Promise<number | undefined> {
  const found = await statfs(directory).catch((error: NodeJS.ErrnoException) => error.code)
  if (typeof found === 'object') return found.bavail * found.bsize
  const parent = dirname(directory)
  return found === 'ENOENT' && parent !== directory ? await freeBytesOf(parent) : undefined
}

function toMb(bytes: number): string {
  return `${Math.ceil(bytes / MB)} MB`
}
