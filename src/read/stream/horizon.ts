import { type ArrivalKind, forEachKind, type Numbering, type Numbers } from '../../store/arrivals.ts'

/** What was seen, and by whom it may still be added to. */
interface Pending {
  readonly last: bigint
  readonly writers: ReadonlySet<string>
}

/** Looks remembered of a kind, while a writer is not done. */
const MAX_PENDING = 32

/**
 * How far numbers are settled: what has one up to there is committed, or never will be. Numbers are given before the
 * commit and transactions end in any order, so a reader who only remembers the highest number misses some.
 */
export class Horizon {
  #settled = forEachKind(() => 0n)
  readonly #pending = forEachKind((): Pending[] => [])

  /** In: a look, later than all before. Out: how far numbers are settled now. */
  observe({ last, writers }: Numbering): Numbers {
    this.#settled = forEachKind((kind) =>
      this.#commonHorizon(kind, { last: last[kind], writers: writers[kind] }),
    )
    return this.#settled
  }

  /** The newest look whose writers are all gone tells: whoever was older than it was one of them, or gone before. */
  #commonHorizon(kind: ArrivalKind, look: Pending): bigint {
    const pending = this.#pending[kind]
    pending.push(look)
    const at = pending.findLastIndex((own) => isNoneOf(own.writers, look.writers))
    const settled = pending[at]?.last
    pending.splice(0, at + 1)
    // The oldest stays: it is the one that is surely settled some day.
    if (pending.length > MAX_PENDING)
      pending.splice(0, pending.length, ...pending.filter((_, n) => n % 2 === 0))
    return settled ?? this.#settled[kind]
  }
}

function isNoneOf(writers: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return ![...writers].some((writer) => others.has(writer))
}
