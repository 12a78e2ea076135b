import { defineConfig } from 'vitest/config'

/** In a real browser, headless. The files start one each. */
export default defineConfig({
  test: { include: ['browser/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
})
