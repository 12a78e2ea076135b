import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['semantics/**/*.test.ts'] } })
