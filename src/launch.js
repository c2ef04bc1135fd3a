import { existsSync } from 'node:fs'
import * as modules from 'node:module'
import { fileURLToPath } from 'node:url'
import { PACKAGE_ROOT } from './package-root.ts'

// With a warm cache the sources need no type stripper, and compiling takes a third of a start less. The cache is not in
// the temporary directory, where other users could plant code. If the installation is read-only, there is no cache; nor
// is there on Node 20.
const cache = /\/node_modules\/[^/]+\/$/.test(PACKAGE_ROOT.href)
  ? '../.cache/twinpanel'
  : 'node_modules/.cache/twinpanel'
modules.enableCompileCache?.(fileURLToPath(new URL(cache, PACKAGE_ROOT)))
// Node's own --env-file-if-exists prints a message on each start without the file. The command that exec runs reads the
// files of its application by itself, and may prefer another, such as .env.test.
if (process.argv[2] !== 'exec' && existsSync('.env')) process.loadEnvFile()
await import('./main.ts')
