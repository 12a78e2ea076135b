import { defineConfig } from 'vitest/config'

/** Inside a lab. The files share one NetworkManager, so they take turns. */
export default defineConfig({
  test: {
    include: ['lab/controls.test.ts', 'linux/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
