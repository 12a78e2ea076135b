import { defineConfig } from 'vitest/config'

/** In network namespaces of its own, without any daemon (`labs/linux/bare`). The files share one network, so they take turns. */
export default defineConfig({
  test: {
    include: ['kernel/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 20_000,
  },
})
