import { defineConfig } from 'vitest/config'

/** What is published, packed and installed elsewhere, on every Node that it is for. */
export default defineConfig({
  test: { include: ['packs/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
})
