import { defineConfig } from 'vitest/config'

/** Unit tests: nothing but Node, on any platform. They compute and hardly wait: every core gets a file. */
export default defineConfig({
  test: {
    include: ['semantics/**/*.test.ts', 'tooling/**/*.test.ts', 'docs/**/*.test.ts'],
    maxWorkers: '100%',
    testTimeout: 30_000,
  },
})
