import { type ArrivalKind, forEachKind, type Numbering, type Numbers } from '../../store/arrivals.ts'

/** A poll: the last number given, and the transactions that may still add below it. */
interface Pending {
  readonly last: bigint
  readonly writers: ReadonlySet<string>
}

/** Polls remembered per kind while a writer is not done. */
const MAX_PENDING = 32

/**
 * The stable numbers: everything numbered up to there is committed, or never will be. Numbers are given before the
 * commit and transactions end in any order, so a reader that only remembers the highest number would miss some.
 */
export class Horizon {
  #stable = forEachKind(() => 0n)
  readonly #pending = forEachKind((): Pending[] => [])

  /** In: a poll, later than all before. Out: the stable numbers now. */
  observe({ last, writers }: Numbering): Numbers {
    this.#stable = forEachKind((kind) =>
      this.#commonHorizon(kind, { last: last[kind], writers: writers[kind] }),
    )
    return this.#stable
  }

  /** Decided by the newest poll without a remaining writer: any older writer was among its writers, or gone before. */
  #commonHorizon(kind: ArrivalKind, look: Pending): bigint {
    const pending = this.#pending[kind]
    pending.push(look)
    const at = pending.findLastIndex((earlier) => isNoneOf(earlier.writers, look.writers))
    const stable = pending[at]?.last
    pending.splice(0, at + 1)
    // The oldest poll is kept, since it is sure to become stable one day.
    if (pending.length > MAX_PENDING)
      pending.splice(0, pending.length, ...pending.filter((_, n) => n % 2 === 0))
    return stable ?? this.#stable[kind]
  }
}

function isNoneOf(writers: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return ![...writers].some((writer) => others.has(writer))
}
