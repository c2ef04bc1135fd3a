/** The modules that the package exports, and its command: their names in dist, and their sources. */
export const ENTRIES = {
  bin: 'src/bin.js',
  index: 'src/package/index.ts',
  client: 'src/client/client.ts',
  vitest: 'src/fixtures/vitest.ts',
  jest: 'src/fixtures/jest.ts',
  node: 'src/fixtures/node.ts',
  setup: 'src/fixtures/setup.ts',
} as const satisfies Readonly<Record<string, string>>

/** Those that test runners without ES modules load, too: they import nothing of the server. */
export const CJS_ENTRIES = {
  client: 'src/client/client.ts',
  jest: 'src/fixtures/jest.ts',
  node: 'src/fixtures/node.ts',
  setup: 'src/fixtures/setup.ts',
} as const satisfies Partial<Record<keyof typeof ENTRIES, string>>
