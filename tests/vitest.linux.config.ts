import { defineConfig } from 'vitest/config'

/** What goes on for long: in a lab of its own, beside the other, when everything is run. */
const STORMS = [
  'linux/storms-*.test.ts',
  'linux/cycles.test.ts',
  'linux/misfortunes-*.test.ts',
  'linux/checks.test.ts',
  'linux/sleep.test.ts',
  'linux/probe.test.ts',
  'linux/traffic.test.ts',
]
/** What another NetworkManager or another bus could change. */
const LATER = ['sessions', 'conformance', 'links-as-reported', 'secrets', 'linux', 'strangers-bus'].map(
  (name) => `linux/${name}.test.ts`,
)
const ALL = ['lab/controls.test.ts', 'linux/**/*.test.ts']

/**
 * Inside a lab. The files share one NetworkManager, so they take turns. `--mode storms` or `--mode calm`: one half of them. `--mode later`: those
 * that are tried on a later NetworkManager and dbus-broker, too.
 */
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'storms' ? STORMS : mode === 'later' ? LATER : ALL,
    exclude: mode === 'calm' ? STORMS : [],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 20_000,
  },
}))
