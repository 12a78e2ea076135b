import { defineConfig } from 'vitest/config'

/** Inside a lab. The files share one networkd, so they take turns. */
export default defineConfig({
  test: {
    include: ['networkd/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 20_000,
  },
})
