import type { FindingOnIds } from '../core/verdict/finding.ts'

/** What a question is answered with: text in pieces, and what there is to tell beside. */
export interface QueryAnswer {
  readonly pieces: AsyncGenerator<string>
  readonly findings: readonly FindingOnIds[]
}

/** Why a question is refused: the sentence to answer with, and what there is to tell beside. */
export interface QueryError {
  readonly text: string
  readonly findings: readonly FindingOnIds[]
}

/** A refusal. */
export function error(text: string, findings: readonly FindingOnIds[] = []): QueryError {
  return { text, findings }
}
