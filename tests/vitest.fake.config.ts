import { defineConfig } from 'vitest/config'

/** The fake NetworkManager on a private bus, and the built packages on it. It needs nothing but a bus daemon. */
export default defineConfig({ test: { include: ['fake/**/*.test.ts'], testTimeout: 60_000 } })
