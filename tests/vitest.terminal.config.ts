import { defineConfig } from 'vitest/config'

/** The command line in pseudo terminals and in real shells. */
export default defineConfig({
  test: { include: ['terminal/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 30_000 },
})
