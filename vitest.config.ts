import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // One more than the cores of a small machine: much of what the tests do is wait for processes.
    maxWorkers: 3,
    teardownTimeout: 30_000,
    projects: [
      {
        // Property tests take a second on an idle machine, and ten on one that is not.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], env: { TZ: 'UTC' }, testTimeout: 60_000 },
      },
      {
        test: { name: 'guards', include: ['test/guards/**/*.test.ts'], env: { TZ: 'UTC' } },
      },
      {
        test: {
          name: 'page',
          include: ['test/page/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts', 'test/page/support/build-page.ts'],
          env: { TZ: 'UTC' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Each starts servers and a Postgres of its own, and kills them.
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          env: { TZ: 'UTC' },
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'database',
          include: ['test/{contract,store,concurrency,process,package,sdk,fuzz,abuse}/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          env: { TZ: 'UTC' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
