import { defineConfig } from 'vitest/config'

/** One virtual machine plays everything; the tests look at what it wrote down. */
export default defineConfig({ test: { include: ['wifi/**/*.test.ts'], testTimeout: 20_000 } })
