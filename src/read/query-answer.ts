import type { FindingOnIds } from '../core/verdict/finding.ts'

/** The answer to a query: text in pieces, and findings. */
export interface QueryAnswer {
  readonly pieces: AsyncGenerator<string>
  readonly findings: readonly FindingOnIds[]
}

/** Why a query is refused: the sentence to answer with, and findings. */
export interface QueryError {
  readonly text: string
  readonly findings: readonly FindingOnIds[]
}

export function error(text: string, findings: readonly FindingOnIds[] = []): QueryError {
  return { text, findings }
}
