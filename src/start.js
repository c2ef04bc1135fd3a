// The entry point of `npm start`: JavaScript that even very old versions of Node can parse, so that it can name the
// version that is required. Nothing is imported, and no API of Node is called, before the version is known.

/** The oldest Node that runs the sources directly, as in `engines` of package.json. */
const needed = [22, 18]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `Twinpanel needs Node ${needed.join('.')} or later; this is Node ${process.versions.node}. ` +
      'npm ci installs a suitable Node in node_modules, and npm start uses it; or install a newer Node.\n',
  )
  process.exitCode = 78
} else void start()

async function start() {
  const { existsSync } = await import('node:fs')
  const { enableCompileCache } = await import('node:module')
  const { join } = await import('node:path')
  // With a warm cache the type stripper is not even loaded; loading it and compiling take a third of a start. The
  // cache is not in the temporary directory, where other users could plant code. If the installation is read-only,
  // there is no cache.
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/twinpanel'))
  // Node's own --env-file-if-exists prints a message on each start without the file.
  if (existsSync('.env')) process.loadEnvFile()
  await import('./main.ts')
}
