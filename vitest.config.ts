import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // More than a CI machine has cores: tests mostly wait, for timers, PostgreSQL and processes of their own.
    maxWorkers: 3,
    projects: [
      {
        // Reads the sources only, so it starts without PostgreSQL; `npm run check` runs it alone.
        test: { name: 'tidy', include: ['tests/tidy.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          name: 'main',
          include: ['src/**/*.test.ts', 'dashboard/src/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['tests/tidy.test.ts', 'tests/examples/**'],
          // Our modules keep no state (the library's context, which a process has once, is loaded anew: tests/library/_support), so that files may
          // share a process: to load and compile everything again for each of them took a quarter of the processor time.
          isolate: false,
          globalSetup: ['tests/_support/global-setup.ts'],
          setupFiles: ['tests/_support/patience.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        // Whole programs as somebody else builds and runs them, with an install of their own: dear, so `npm run test:examples` runs them alone.
        test: {
          name: 'examples',
          include: ['tests/examples/**/*.test.ts'],
          fileParallelism: false,
          globalSetup: ['tests/_support/global-setup.ts', 'tests/_support/packed-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
