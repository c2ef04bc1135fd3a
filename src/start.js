// What `npm start` runs. JavaScript, so that with a warm cache the compiler of types is not even loaded: that and
// compiling take a third of a start. The cache is not in the temporary directory, where others could put code for
// us; where the installation cannot be written to, there is none.
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/twinpanel'))
// Node's own --env-file-if-exists says so on each start without one.
if (existsSync('.env')) process.loadEnvFile()
await import('./main.ts')
