// `npm run test:mutants`: small faults are put into core and holders, one at a time, and a test has to notice each.

/** What decides in core is tried: its machines, runners, ranking and catalogue. What words, hands on or adapts has tests of its own. */
const notCore = [
  'contract/**',
  'diagnosis/**',
  'primitives/**',
  'backend-kit/**',
  'testing/**',
  '{index,network-session,network-configuration-manager,manager-events,session-snapshot,session-options,manager-options,when-connected}',
  'configurations/{bearer-names,capabilities,default-configuration,health-options,network-configuration,overview,usage-policy,user-choice}',
  'engine/guards',
  'sessions/session-error',
]
/** Only a real kernel can judge these: the laws of a rendezvous do, in processes, on Linux and under Wine. */
const notHolders = [
  '{index,rendezvous-laws,rendezvous-adapter,rendezvous-check}',
  'linux/{linux-rendezvous,linux-holders,loopback-socket,socket-listener}',
]

/** Which package: each has tests of its own (`scripts/mutants.mjs` runs one after the other). */
const of = process.env.ROAMKIT_MUTANTS === 'holders' ? 'holders' : 'core'
const not = { core: notCore, holders: notHolders }[of]

/** @type {object} as @stryker-mutator/core has it in its schema */
export default {
  $schema: './node_modules/@stryker-mutator/core/schema/stryker-schema.json',
  mutate: [
    `packages/${of}/src/**/*.ts`,
    ...not.map((name) => `!packages/${of}/src/${name.endsWith('**') ? name : `${name}.ts`}`),
  ],
  mutator: {
    // Nearly every text here is of a union type, in whose place the mutant's '' would not even compile; the rest is words for people.
    excludedMutations: ['StringLiteral'],
  },
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'tests/vitest.mutants.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // What runs once, when a module is loaded, would need every test again for each mutant.
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 15_000,
  // The first run counts which test reaches which mutant, which slows the exhaustive tests of holders down.
  dryRunTimeoutMinutes: 60,
  disableTypeChecks: false,
  ignorePatterns: ['dist', '.turbo', 'reports', 'site', 'examples', 'labs', 'docs', 'api', 'bench'],
  tempDirName: 'reports/stryker',
  // A second run tries only what the first left, and what has changed since.
  incremental: true,
  incrementalFile: `reports/mutants/${of}.incremental.json`,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
  jsonReporter: { fileName: `reports/mutants/${of}.json` },
}
