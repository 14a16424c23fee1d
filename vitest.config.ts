import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        // Reads the sources only, so it starts without PostgreSQL; `npm run check` runs it alone.
        test: { name: 'tidy', include: ['tests/tidy.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          name: 'main',
          include: ['src/**/*.test.ts', 'dashboard/src/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['tests/tidy.test.ts'],
          globalSetup: ['tests/_support/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
