import { loadServer } from './load-server.ts'

/** Loads everything that a start may need, without starting anything. */
export async function warm(): Promise<void> {
  const { findBinaries } = await import('../embedded-postgres/binaries.ts')
  // Also creates links, since the user that starts the server later may not be allowed to.
  await findBinaries()
  await Promise.all([
    loadServer(),
    import('./start-server.ts'),
    import('../embedded-postgres/start.ts'),
    import('../metrics/exposition.ts'),
  ])
}
