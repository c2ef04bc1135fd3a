import type { Db } from '../store/db.ts'
import { finishCommits } from '../store/late-commits.ts'
import { Repeated } from './repeated.ts'

export interface CommitFinisherOptions {
  /** How often to look, in ms. */
  readonly everyMs: number
  /** Receives the error that postponed it, once until it succeeds. */
  readonly onError: (error: unknown) => void
}

/** On Citus, finishes what lost workers had to commit soon after they are back. On one server it does nothing. */
export class CommitFinisher extends Repeated {
  constructor(db: Db, options: CommitFinisherOptions) {
    super(async () => void (await finishCommits(db)), { ...options, isAtOnce: true })
  }
}
