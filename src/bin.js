#!/usr/bin/env node
// The command of the built package: JavaScript that even very old versions of Node can parse, as in start.js.

/** The oldest Node that runs the built package, as in `engines` of package.json. */
const needed = [20, 12]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `Twinpanel needs Node ${needed.join('.')} or later; this is Node ${process.versions.node}. Install a newer Node.\n`,
  )
  process.exitCode = 78
} else void import('./launch.js')
