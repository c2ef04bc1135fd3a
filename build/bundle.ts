import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type OutputOptions, type RolldownOutput } from 'rolldown'

/** A path in the checkout, as an absolute one. */
export const inRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/**
 * Dependencies stay imports: npm installs them, once for all packages that need them. Kysely is built in, since loading
 * its 300 modules took nearly half of the time of loading all.
 */
const isPackage = /^(?!kysely\b)[^./]/

/** Bundles sources of the server. In: the names of the bundles and where their sources are in the checkout. */
export async function bundle(
  entries: Readonly<Record<string, string>>,
  output: OutputOptions,
  options: BuildOptions = {},
): Promise<RolldownOutput> {
  return await build({
    input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, inRoot(path)])),
    platform: 'node',
    external: (id) => isPackage.test(id),
    ...options,
    output: { sourcemap: true, entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', ...output },
  })
}
