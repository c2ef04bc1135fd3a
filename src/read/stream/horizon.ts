import { type ArrivalKind, forEachKind, type Numbering, type Numbers } from '../../store/arrivals.ts'

/** A poll: the last number given, and the transactions that may still add below it. */
interface Pending {
  readonly last: bigint
  readonly writers: ReadonlySet<string>
}

/** Numbers whose transactions have ended, all before `next`; some may be late. */
interface Ended {
  readonly numbers: Numbers
  readonly next: bigint
}

/** Polls remembered, per kind while a writer is not done, and while a commit is late. */
const MAX_PENDING = 32

/**
 * The stable numbers: everything numbered up to there is committed, or never will be. Numbers are given before the
 * commit and transactions end in any order, so a reader that only remembers the highest number would miss some.
 */
export class Horizon {
  #stable = forEachKind(() => 0n)
  /** Numbers whose transactions have ended. */
  #ended = forEachKind(() => 0n)
  readonly #pending = forEachKind((): Pending[] => [])
  readonly #late: Ended[] = []

  /** In: a poll, later than all before. Out: the stable numbers now. */
  observe({ last, writers, late }: Numbering): Numbers {
    this.#ended = forEachKind((kind) =>
      this.#commonHorizon(kind, { last: last[kind], writers: writers[kind] }),
    )
    this.#late.push({ numbers: this.#ended, next: late.next })
    const at = this.#late.findLastIndex(({ next }) => late.first === undefined || next <= late.first)
    this.#stable = this.#late[at]?.numbers ?? this.#stable
    this.#late.splice(0, at + 1)
    keepSome(this.#late)
    return this.#stable
  }

  /** Decided by the newest poll without a remaining writer: any older writer was among its writers, or gone before. */
  #commonHorizon(kind: ArrivalKind, look: Pending): bigint {
    const pending = this.#pending[kind]
    pending.push(look)
    const at = pending.findLastIndex((earlier) => isNoneOf(earlier.writers, look.writers))
    const stable = pending[at]?.last
    pending.splice(0, at + 1)
    keepSome(pending)
    return stable ?? this.#ended[kind]
  }
}

/** Bounds a list of polls. The oldest one is kept, since it is sure to become stable one day. */
function keepSome(polls: unknown[]): void {
  if (polls.length > MAX_PENDING) polls.splice(0, polls.length, ...polls.filter((_, n) => n % 2 === 0))
}

function isNoneOf(writers: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return ![...writers].some((writer) => others.has(writer))
}
