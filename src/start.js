// What `npm start` runs. JavaScript, so that with a warm cache the compiler of types is not even loaded: that and
// compiling take a third of a start. The cache is not in the temporary directory, where others could put code for
// us; where the installation cannot be written to, there is none.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/twinpanel'))
await import('./main.ts')
