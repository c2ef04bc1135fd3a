import type { NoteOnIds } from '../core/verdict/note.ts'

/** What a question is answered with: text in pieces, and what there is to tell beside. */
export interface QueryAnswer {
  readonly pieces: AsyncGenerator<string>
  readonly notes: readonly NoteOnIds[]
}

/** Why a question is refused: the sentence to answer with, and what there is to tell beside. */
export interface QueryFault {
  readonly text: string
  readonly notes: readonly NoteOnIds[]
}

/** A refusal. */
export function fault(text: string, notes: readonly NoteOnIds[] = []): QueryFault {
  return { text, notes }
}
