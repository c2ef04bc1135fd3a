import { closeDatabase, openDatabase } from './db.ts'

/** What a database is, and what its user may do there. */
export interface DatabaseFacts {
  /** As `18.4`. */
  readonly version: string
  /** The user may create tables in the schema public. */
  readonly mayCreate: boolean
  /** A Twinpanel has used it. */
  readonly isMigrated: boolean
}

const INSPECT = `
  select current_setting('server_version') as version,
    has_schema_privilege(current_schema(), 'create') as may_create,
    to_regclass('migration') is not null as is_migrated`

/** Looks at a database, and changes nothing. Throws what the connection or the statement throws. */
export async function inspectDatabase(connectionString: string): Promise<DatabaseFacts> {
  const db = openDatabase({ connectionString, maxConnections: 1 })
  try {
    const { rows } = await db.pool.query<{
      version: string
      may_create: boolean | null
      is_migrated: boolean
    }>(INSPECT)
    const [row] = rows
    return {
      version: row?.version ?? '',
      mayCreate: row?.may_create === true,
      isMigrated: row?.is_migrated === true,
    }
  } finally {
    await closeDatabase(db)
  }
}
