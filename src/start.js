// The entry point of `npm start`: JavaScript that even very old versions of Node can parse, so that it can name the
// version that is required. Nothing is imported, and no API of Node is called, before the version is known.

/** The oldest Node that runs the sources directly. */
const needed = [22, 18]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `Twinpanel needs Node ${needed.join('.')} or later to run from its sources; this is Node ${process.versions.node}. ` +
      'npm ci installs a suitable Node in node_modules, and npm start uses it; or install a newer Node.\n',
  )
  process.exitCode = 78
} else void import('./launch.js')
