import type { Project } from '../core/project.ts'
import type { NoteOnIds } from '../core/verdict/note.ts'
import { type Fate, toVerdict } from '../core/verdict/verdict.ts'
import type { Commits } from './commits.ts'

/** Where notes come from that no record was sent for. */
export interface NotesContext {
  readonly project: Project
  readonly endpoint: string
  readonly nowMs: number
  readonly fate: Fate
}

/**
 * Keeps notes on a question, and waits until they are. The answer to the question does not depend on it: what cannot
 * be kept is not told.
 */
export async function keepNotes(
  notes: readonly NoteOnIds[],
  { project, endpoint, nowMs, fate }: NotesContext,
  commits: Commits,
): Promise<void> {
  if (notes.length === 0) return
  const context = { projectId: project.id, receivedAtMs: nowMs, endpoint, fate }
  const verdicts = notes.map(({ note, ids }) => ({ ...toVerdict(note, context), ids }))
  await commits.steady.submit({ events: [], verdicts, sights: [], projects: [project] })
}
