import { expect, test } from 'vitest'
import { type Adapter, conformance, laws } from '../src/index.js'
import { mockAdapter } from './mock-adapter.js'

/** A registered test. */
interface Registered {
  readonly name: string
  readonly run: (...given: unknown[]) => Promise<void>
  readonly timeout: number | undefined
}

/** The mock's adapter without one control. */
function adapterWithout(name: 'carrier'): Adapter {
  const inner = mockAdapter()
  const setup = async () => {
    const fixture = await inner.setup()
    const { [name]: _, ...controls } = fixture.controls
    return { ...fixture, controls }
  }
  return { ...inner, setup }
}

function register(adapter: Adapter) {
  const tests: Registered[] = []
  const verdicts = conformance(adapter, {
    test: (name, run, timeout) => tests.push({ name, run, timeout }),
  })
  const of = (law: string) => tests.find(({ name }) => name.includes(`: ${law}:`)) as Registered
  return { tests, verdicts, of, last: tests.at(-1) as Registered }
}

test('a test has no parameter, which Mocha and Jest would take for `done`, and a timeout longer than every wait', () => {
  const { tests } = register(mockAdapter())
  expect(tests).toHaveLength(laws.length + 1)
  expect(tests.filter(({ run }) => run.length > 0)).toEqual([])
  expect(tests.filter(({ timeout }) => timeout !== 120_000)).toEqual([])
})

test.each([
  ['vitest and node:test, by the argument', (skip: object) => ({ given: [skip], self: undefined })],
  ['Mocha, by `this`', (skip: object) => ({ given: [], self: { ...skip, timeout: () => {} } })],
])(
  'a law that cannot run is skipped in %s, and the last test fails and says what to do',
  async (_, contextOf) => {
    const { of, last, verdicts } = register(adapterWithout('carrier'))
    const reasons: unknown[] = []
    const { given, self } = contextOf({ skip: (reason: unknown) => reasons.push(reason) })
    await of('carrier-followed').run.call(self, ...given)
    await of('driver-shape').run.call(self, ...given)
    expect(reasons).toEqual(['cannot run: the adapter has no carrier'])
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['cannotRun', 'kept'])
    await expect(last.run()).rejects.toThrow(
      /1 kept, 0 broken, 0 waived, 1 cannot run[\s\S]*\{ law: 'carrier-followed', reason: "the adapter has no carrier" \}/,
    )
  },
)

test('a waived law is skipped with the reason of its waiver, and the last test passes', async () => {
  const waivers = [{ law: 'carrier-followed', reason: 'it has no cable' }]
  const { of, last } = register({ ...adapterWithout('carrier'), waivers })
  const reasons: unknown[] = []
  const { name, run } = of('carrier-followed')
  await run({ skip: (reason: unknown) => reasons.push(reason) })
  expect(name).toMatch(/ \(waived: it has no cable\)$/)
  expect(reasons).toEqual(['it has no cable'])
  await last.run()
})

test('in a runner that cannot skip a running test, such as Jest, the last test fails', async () => {
  const { of, last } = register(adapterWithout('carrier'))
  await of('carrier-followed').run.call(undefined)
  await expect(last.run()).rejects.toThrow('1 cannot run')
})

test('a broken law fails with its id and the reason in every runner', async () => {
  const waivers = [{ law: 'driver-shape', reason: 'no need' }]
  const { of } = register({ ...mockAdapter(), waivers })
  await expect(of('driver-shape').run.call({ timeout: () => {} })).rejects.toThrow(
    'driver-shape: the waiver is not needed',
  )
})
