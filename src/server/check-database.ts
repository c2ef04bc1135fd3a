import { err, ok, type Result } from '../core/result.ts'
import { explainDatabaseError } from '../start-error.ts'
import type { DatabaseFacts } from '../store/inspect-database.ts'

/** Looks at the database of a URL, and changes nothing. Error: why it cannot be used, as a sentence. */
export async function checkDatabase(url: string): Promise<Result<DatabaseFacts, string>> {
  const { inspectDatabase } = await import('../store/inspect-database.ts')
  try {
    return ok(await inspectDatabase(url))
  } catch (error) {
    return err(explainDatabaseError(error))
  }
}
