import { defineConfig } from 'vitest/config'

/** Inside the ConnMan lab. The files share one ConnMan, so they take turns. */
export default defineConfig({
  test: {
    include: ['connman/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
})
