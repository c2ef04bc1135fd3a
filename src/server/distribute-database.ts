import { err, ok, type Result } from '../core/result.ts'
import { explainDatabaseError } from '../start-error.ts'

/**
 * Distributes the tables of a database over the workers of Citus. In: a postgres:// URL. Out: what was done. Error: why
 * nothing was. Both are sentences.
 */
export async function distributeDatabase(url: string): Promise<Result<string, string>> {
  const { closeDatabase, openDatabase } = await import('../store/db.ts')
  const { distributeDatabase: distribute } = await import('../store/migrate.ts')
  // One connection, so that no other of its own is taken for a server's.
  const db = openDatabase({ connectionString: url, maxConnections: 1 })
  try {
    switch (await distribute(db)) {
      case 'done':
        return ok('The tables are distributed now.')
      case 'before':
        return ok('The tables are distributed already.')
      case 'no_workers':
        return err(
          'The database is not that of a Citus coordinator with workers: add them by citus_add_node first.',
        )
      case 'in_use':
        return err('Servers are connected to the database: stop them first.')
    }
  } catch (error) {
    return err(explainDatabaseError(error))
  } finally {
    await closeDatabase(db)
  }
}
