import { defineConfig } from 'vitest/config'

/** Unit tests: nothing but Node, on any platform. */
export default defineConfig({
  test: { include: ['semantics/**/*.test.ts', 'tooling/**/*.test.ts', 'docs/**/*.test.ts'] },
})
