import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = (path: string) => `${root}packages/${path}`

/** Of what is mutated. */
const tests = {
  quickly: ['packages/core/test/**/*.test.ts'],
  core: ['packages/core/test/**/*.test.ts', 'tests/semantics/**/*.test.ts'],
  holders: ['packages/holders/test/**/*.test.ts'],
}
const of = process.env.ROAMKIT_MUTANTS

/** The quick tests first, then those that notice most: a mutant is done with at the first test that notices it. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId }: TestSpecification) =>
      [
        'packages/core/',
        'semantics/sessions.',
        'semantics/roaming.',
        'semantics/manager.',
        'semantics/',
        'last-word',
        'small-cases',
      ].findIndex((part) => moduleId.includes(part))
    return files.sort((one, other) => cost(one) - cost(other) || (one.moduleId < other.moduleId ? -1 : 1))
  }
}

/**
 * The tests that are to notice a mutant (`npm run test:mutants`): the rules in virtual time, and the unit tests of core and holders.
 * They run on the sources, because that is what is mutated; nothing here starts a process, storms, or counts bytes.
 */
export default defineConfig({
  root,
  resolve: {
    alias: [
      { find: /^@roamkit\/core$/, replacement: source('core/src/index.ts') },
      { find: /^@roamkit\/core\/contract$/, replacement: source('core/src/contract/index.ts') },
      { find: /^@roamkit\/core\/testing$/, replacement: source('core/src/testing/index.ts') },
      { find: /^@roamkit\/core\/backend-kit$/, replacement: source('core/src/backend-kit/index.ts') },
      { find: /^@roamkit\/backend-mock$/, replacement: source('backend-mock/src/index.ts') },
      { find: /^@roamkit\/holders$/, replacement: source('holders/src/index.ts') },
      { find: /^@roamkit\/holders\/rendezvous-laws$/, replacement: source('holders/src/rendezvous-laws.ts') },
    ],
  },
  test: {
    include: tests[of === 'quickly' || of === 'holders' ? of : 'core'],
    exclude: [
      'tests/semantics/{random*,many-sessions,holders-storm,holders,soak,process-life,roaming-diagram}.test.ts',
      'packages/holders/test/{linux-rendezvous,node-versions}.test.ts',
    ],
    isolate: false,
    sequence: { sequencer: QuickFirst },
    // In virtual time a test that works takes milliseconds: one that waits for ever is to be noticed soon.
    testTimeout: 8000,
    // What is random in them: little, and always the same, so that the verdict does not change from run to run.
    env: { ROAMKIT_RUNS: '100', ROAMKIT_SEED: '1', ROAMKIT_ROUNDS: '100' },
  },
})
