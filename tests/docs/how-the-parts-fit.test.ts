import { readFileSync } from 'node:fs'
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Catalogue } from '../../packages/core/src/configurations/catalogue.js'
import { Batch } from '../../packages/core/src/engine/batch.js'
import { Engine } from '../../packages/core/src/engine/engine.js'
import { LinkRunner } from '../../packages/core/src/engine/links/link-runner.js'
import { LinkStates } from '../../packages/core/src/engine/links/link-states.js'
import { SessionRegistry } from '../../packages/core/src/engine/sessions/session-registry.js'
import { SessionRunner } from '../../packages/core/src/engine/sessions/session-runner.js'
import { NetworkConfigurationManager } from '../../packages/core/src/network-configuration-manager.js'
import { NetworkSession } from '../../packages/core/src/network-session.js'
import { Emitter } from '../../packages/core/src/primitives/emitter.js'
import { WorldWatch } from '../../packages/core/src/world/world-watch.js'

/** The files that were entered, in order. */
const { entered, traced } = vi.hoisted(() => {
  const entered: string[] = []
  /** The same functions; each call is noted. */
  const traced = <Module extends object>(file: string, module: Module, names: readonly (keyof Module)[]) => {
    const wrapped = { ...module }
    for (const name of names) {
      const original = module[name] as (...values: unknown[]) => unknown
      const spy = (...values: unknown[]) => {
        entered.push(file)
        return original(...values)
      }
      wrapped[name] = spy as Module[typeof name]
    }
    return wrapped
  }
  return { entered, traced }
})

vi.mock('../../packages/core/src/links/link-machine.js', async (original) =>
  traced('links/link-machine', await original<object>(), ['reduceLink' as never]),
)
vi.mock('../../packages/core/src/sessions/session-machine.js', async (original) =>
  traced('sessions/session-machine', await original<object>(), ['reduceSession' as never]),
)
vi.mock('../../packages/core/src/engine/links/link-commands.js', async (original) =>
  traced('engine/links/link-commands', await original<object>(), ['activate' as never]),
)
vi.mock('../../packages/core/src/engine/links/in-process-holders.js', async (original) => {
  const module = await original<typeof import('../../packages/core/src/engine/links/in-process-holders.js')>()
  const inProcessHolders: typeof module.inProcessHolders = (...values) => {
    const holders = module.inProcessHolders(...values)
    const { locked } = traced('engine/links/in-process-holders', { locked: holders.locked.bind(holders) }, [
      'locked',
    ])
    return Object.assign(holders, { locked })
  }
  return { ...module, inProcessHolders }
})

/** Notes each call of a method. */
function trace<Class extends { prototype: object }>(file: string, { prototype }: Class, ...names: string[]) {
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
    if (descriptor === undefined) throw new Error(`${file} has no ${name}`)
    const { value, get } = descriptor
    const original = (value ?? get) as (...values: unknown[]) => unknown
    const spy = function (this: unknown, ...values: unknown[]) {
      entered.push(file)
      return original.apply(this, values)
    }
    Object.defineProperty(prototype, name, {
      ...descriptor,
      ...(value === undefined ? { get: spy } : { value: spy }),
    })
  }
}

trace('network-session', NetworkSession, 'open')
trace('engine/engine', Engine, 'poke', 'request')
trace('world/world-watch', WorldWatch, 'read')
trace('configurations/catalogue', Catalogue, 'update')
trace('engine/links/link-runner', LinkRunner, 'run')
trace('engine/links/link-states', LinkStates, 'show')
trace('engine/sessions/session-runner', SessionRunner, 'request', 'run')
trace('engine/sessions/session-registry', SessionRegistry, 'changesOf')
trace('engine/batch', Batch, 'emit')
trace('primitives/emitter', Emitter, 'emit')

const page = readFileSync(new URL('../../docs/how-the-parts-fit.md', import.meta.url), 'utf8')

/** The files of core that a section's steps name, each where it comes first. */
function named(title: string): readonly string[] {
  const section = page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
  const steps = section.split('\n').filter((line) => /^(\d\.| {2}) /.test(line))
  expect(steps.filter((line) => /^\d/.test(line)).length).toBeLessThanOrEqual(8)
  const files = [...steps.join('\n').matchAll(/`packages\/core\/src\/([\w/-]+)\.ts`/g)]
  return [...new Set(files.map(([, file]) => file ?? ''))]
}

/** Each file where it was entered first. What one file calls several times in turn it entered once. */
const firsts = () => [...new Set(entered)]
const inTurn = () => entered.filter((file, index) => file !== entered[index - 1])

async function lab(link: 'up' | 'down') {
  const clock = new VirtualClock()
  const driver = mock({ configurations: [{ id: 'office', bearer: 'ethernet', link }] })
  const manager = await NetworkConfigurationManager.open(driver, { clock })
  const session = manager.createSession('office')
  const states: string[] = []
  session.on('stateChanged', (state) => states.push(state))
  return { clock, world: driver.world, manager, session, states }
}

describe('docs/how-the-parts-fit.md', () => {
  beforeEach(() => {
    entered.length = 0
  })

  it('shows the way of one signal in its real order, and no file is entered twice', async () => {
    const { clock, world, manager, session, states } = await lab('up')
    const opened = session.open()
    await clock.advance(100)
    await opened
    entered.length = 0
    world.carrier('office', false)
    await clock.flush()
    expect(states).toEqual(['notAvailable'])
    expect(inTurn()).toEqual(named('The way of one signal'))
    await manager.close()
  })

  it('shows the way of one open() in its real order', async () => {
    const { clock, manager, session, states } = await lab('down')
    const opened = session.open()
    expect(states).toEqual([])
    await clock.advance(100)
    await opened
    expect(states).toEqual(['connecting', 'connected'])
    expect(firsts()).toEqual(named('The way of one `open()`'))
    const closed = manager.close()
    await clock.advance(60_000)
    await closed
  })
})
