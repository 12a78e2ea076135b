import { defineConfig } from 'vitest/config'

/** The built packages on a fake NetworkManager, on a bus of its own: it needs nothing but a bus daemon. */
export default defineConfig({
  test: {
    include: ['fake/**/*.test.ts'],
    exclude: ['fake/replay.test.ts'], // needs no bus, so it is among the unit tests
    testTimeout: 60_000,
  },
})
