// What `npm start` runs. JavaScript that even a Node of years ago reads, so that it can say which one is needed:
// nothing is imported, and nothing is asked of Node, before its version is known.

/** The oldest Node that runs the sources as they are, as package.json's `engines` has it. */
const needed = [22, 18]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `Twinpanel needs Node ${needed.join('.')} or later, and this is Node ${process.versions.node}. ` +
      'npm ci installs one beside the other packages, and npm start runs it; or install a newer Node.\n',
  )
  process.exitCode = 78
} else void start()

async function start() {
  const { existsSync } = await import('node:fs')
  const { enableCompileCache } = await import('node:module')
  const { join } = await import('node:path')
  // With a warm cache the compiler of types is not even loaded: that and compiling take a third of a start. The cache
  // is not in the temporary directory, where others could put code for us; where the installation cannot be written
  // to, there is none.
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/twinpanel'))
  // Node's own --env-file-if-exists says so on each start without one.
  if (existsSync('.env')) process.loadEnvFile()
  await import('./main.ts')
}
