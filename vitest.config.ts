import { defineConfig } from 'vitest/config'

/** Of a busy machine: a second is not enough there. */
const expectOptions = { poll: { timeout: 20_000 } }

/** Tests of servers on one Postgres, which the global setup starts. */
const withDatabase = {
  globalSetup: ['test/support/global-setup.ts'],
  env: { TZ: 'UTC' },
  expect: expectOptions,
  testTimeout: 60_000,
  hookTimeout: 60_000,
}

/** The same, of servers in processes of their own. */
const withProcesses = {
  ...withDatabase,
  globalSetup: [...withDatabase.globalSetup, 'test/support/bundled-server.ts'],
}

export default defineConfig({
  test: {
    // One more than the cores of a small machine: much of what the tests do is wait for processes.
    maxWorkers: 3,
    teardownTimeout: 30_000,
    projects: [
      {
        // Property tests take a second on an idle machine, and ten on one that is not.
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          env: { TZ: 'UTC' },
          expect: expectOptions,
          testTimeout: 60_000,
          // Files share processes: loading the modules anew for each takes half of the time.
          isolate: false,
        },
      },
      {
        test: {
          name: 'guards',
          include: ['test/guards/**/*.test.ts'],
          env: { TZ: 'UTC' },
          isolate: false,
        },
      },
      {
        test: {
          name: 'page',
          include: ['test/page/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts', 'test/page/support/build-page.ts'],
          env: { TZ: 'UTC' },
          expect: expectOptions,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          isolate: false,
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
        // Servers in the process of the tests.
        test: {
          name: 'database',
          include: ['test/{contract,store,concurrency,sdk,citus}/**/*.test.ts'],
          ...withDatabase,
          isolate: false,
        },
      },
      {
        // Servers in processes of their own.
        test: {
          name: 'process',
          include: ['test/{process,package}/**/*.test.ts'],
          ...withProcesses,
          isolate: false,
        },
      },
      {
        // What measures its own process.
        test: {
          name: 'attacks',
          include: ['test/{fuzz,abuse}/**/*.test.ts'],
          ...withProcesses,
        },
      },
    ],
  },
})
