import { defineConfig } from 'vitest/config'

/** The lab itself, seen from outside. */
export default defineConfig({ test: { include: ['lab/lab.test.ts'], testTimeout: 20_000 } })
