import { defineConfig } from 'vitest/config'

/** Unit tests: nothing but Node, on any platform. They compute and hardly wait: every core gets a file. */
export default defineConfig({
  test: {
    include: ['{semantics,tooling,docs}/**/*.test.ts', 'fake/replay.test.ts'],
    maxWorkers: '100%',
    testTimeout: 30_000,
  },
})
