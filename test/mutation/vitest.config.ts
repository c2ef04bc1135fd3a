import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/unit/core/**/*.test.ts'],
    env: { TZ: 'UTC' },
    testTimeout: 300_000,
    // Code with mutants in it looks at each byte ten times slower.
    testNamePattern: /^(?!.*10 MB)/,
  },
})
