import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { listOfferedSettings } from './src/api/list-offered-settings.ts'

const inRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Builds the web page of src/page into dist/page, which the server serves at /_twin/. */
export default defineConfig({
  root: inRoot('src/page'),
  base: '/_twin/',
  publicDir: false,
  logLevel: 'warn',
  // Read by src/page/projects/settings-fields.ts: the page gets what it shows of the settings, without server code.
  define: { OFFERED_SETTINGS: JSON.stringify(listOfferedSettings()) },
  build: {
    outDir: inRoot('dist/page'),
    emptyOutDir: true,
    target: 'es2023',
    // A data: URL would be refused by the page's own content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
