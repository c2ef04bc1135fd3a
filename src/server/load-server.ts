export type ServerModules = Awaited<ReturnType<typeof loadServer>>

/** Loads the modules of the server, which takes a third of a second. */
export async function loadServer() {
  const [
    { buildApp },
    { openDatabases, connectTo, NOT_YET_KNOWN },
    { closeDatabase },
    { isFromBeforeRelease, migrateToLatest },
    { findSlowRecovery },
  ] = await Promise.all([
    import('../app.ts'),
    import('../store/databases.ts'),
    import('../store/db.ts'),
    import('../store/migrate.ts'),
    import('../store/late-commits.ts'),
  ])
  return {
    buildApp,
    openDatabases,
    connectTo,
    NOT_YET_KNOWN,
    closeDatabase,
    isFromBeforeRelease,
    migrateToLatest,
    findSlowRecovery,
  }
}
