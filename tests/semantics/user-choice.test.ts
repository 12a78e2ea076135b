import { allUplinks, type Chooser } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { listen, openLab, outcome } from './lab.js'

describe('M6 user choice', () => {
  it('is never listed, discovered, and there only with a chooser', async () => {
    const { manager, another } = await openLab()
    expect(manager.configurationFromIdentifier('userChoice').isValid).toBe(false)
    const asking = await another({ chooser: async () => null })
    const configuration = asking.configurationFromIdentifier('userChoice')
    expect([configuration.type, configuration.name, configuration.state, configuration.isValid]).toEqual([
      'userChoice',
      'UserChoice',
      'discovered',
      true,
    ])
    expect(configuration.bearerTypeName).toBe('')
    expect(asking.allConfigurations().map(({ identifier }) => identifier)).toEqual(['a', 'b', 'c'])
    expect(asking.createSession('userChoice').state).toBe('disconnected')
  })

  it('emits the usage policies of a service network that is chosen before they can be read (S19)', async () => {
    const metered = { value: true, sure: true }
    const { manager } = await openLab([{ id: 'a', link: 'up', metered }], { chooser: async () => 'net' })
    manager.defineServiceNetwork({ identifier: 'net', members: ['a'] })
    const session = manager.createSession('userChoice')
    let told = session.usagePolicies
    session.on('usagePoliciesChanged', (policies) => {
      told = policies
    })
    void session.open()
    for (let microtasks = 0; microtasks < 100; microtasks += 1) {
      expect([microtasks, session.usagePolicies]).toEqual([microtasks, told])
      await null
    }
    expect(told).toEqual(['noBackgroundTraffic'])
  })

  it('keeps what the user chose, at whatever moment the world changes meanwhile (M6)', async () => {
    for (let delay = 0; delay < 20; delay += 1) {
      const { manager, clock, world } = await openLab(undefined, { chooser: async () => 'b' })
      const session = manager.createSession('userChoice')
      const opened = outcome(session.open())
      for (let microtasks = 0; microtasks < delay; microtasks += 1) await null
      world.set('b', { signal: 90 })
      await clock.advance(100)
      expect([delay, opened.value, session.activeConfiguration]).toEqual([delay, 'resolved', 'b'])
      await Promise.all([manager.close(), clock.advance(100)])
    }
  })

  it('resolves at open() to an access point', async () => {
    const asked: string[][] = []
    const chooser: Chooser = async (candidates) => {
      asked.push(candidates.map(({ identifier }) => identifier))
      return 'b'
    }
    const { manager, clock } = await openLab(undefined, { chooser })
    const session = manager.createSession('userChoice')
    const told = listen(session)
    const opened = [outcome(session.open()), outcome(session.open())]
    const waited = session.waitForOpened()
    await clock.advance(100)
    expect(opened.map(({ value }) => value)).toEqual(['resolved', 'resolved'])
    expect(await waited).toBe(true)
    expect(asked).toEqual([['a', 'b', 'c']])
    expect(told).toEqual(['connecting', 'connected', 'opened'])
    expect([session.activeConfiguration, session.userChoiceConfiguration]).toEqual(['b', 'b'])
    expect(session.configuration.identifier).toBe('userChoice')
    await Promise.all([session.close(), clock.advance(100)])
    expect(session.userChoiceConfiguration).toBe('')
    expect(told.slice(3)).toEqual(['closed', 'closing', 'disconnected'])
    void session.open()
    await clock.advance(100)
    expect(asked).toHaveLength(2)
  })

  it('or to a service network', async () => {
    const { manager, clock } = await openLab(undefined, { chooser: async () => allUplinks.identifier })
    manager.defineServiceNetwork(allUplinks)
    const session = manager.createSession('userChoice')
    void session.open()
    await clock.advance(100)
    expect(session.userChoiceConfiguration).toBe(allUplinks.identifier)
    expect(session.activeConfiguration).toBe('a')
  })

  it('an open() in the tick in which its manager is closed rejects (M7)', async () => {
    const { manager, clock } = await openLab(undefined, { chooser: () => new Promise(() => {}) })
    const session = manager.createSession('userChoice')
    listen(session)
    const opened = outcome(session.open())
    const closed = outcome(manager.close())
    await clock.advance(0)
    expect([opened.value, closed.value]).toEqual(['sessionAborted/closed', 'resolved'])
  })

  it('null is sessionAborted', async () => {
    const { manager, clock } = await openLab(undefined, { chooser: async () => null })
    const session = manager.createSession('userChoice')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.flush()
    expect(opened.value).toBe('sessionAborted/cancelled')
    expect(told).toEqual(['connecting', 'disconnected', 'error:sessionAborted/cancelled'])
  })

  const bad: readonly (readonly [string, Chooser, string])[] = [
    ['rejects', () => Promise.reject(new Error('no screen')), 'no screen'],
    [
      'throws',
      () => {
        throw new Error('no screen')
      },
      'no screen',
    ],
    ['rejects with a text', () => Promise.reject('no screen'), 'no screen'],
    [
      'answers an unknown identifier',
      async () => 'nobody',
      "it answered 'nobody', which is none of the candidates",
    ],
    [
      'answers userChoice itself',
      async () => 'userChoice',
      "it answered 'userChoice', which is none of the candidates",
    ],
    [
      'answers nothing',
      (async () => undefined) as never,
      'it answered undefined, which is none of the candidates',
    ],
  ]
  it.each(bad)('a chooser that %s is said to have failed, with the cause', async (_what, chooser, words) => {
    const { manager, clock } = await openLab(undefined, { chooser })
    const session = manager.createSession('userChoice')
    const opened = session.open().catch((error: unknown) => error)
    await clock.flush()
    expect(await opened).toMatchObject({
      code: 'invalidConfiguration',
      reason: 'chooserFailed',
      message: `cannot open 'UserChoice': the chooser failed (${words})`,
      cause: expect.anything(),
    })
    expect(session.error).toBe(await opened)
    expect(session.state).toBe('disconnected')
  })

  it('with ConnectInBackground and without a default there is nothing to open, whatever the chooser does', async () => {
    const { manager, clock } = await openLab([], { chooser: async () => 'b' })
    const session = manager.createSession('userChoice')
    session.connectInBackground = true
    const opened = session.open().catch((error: unknown) => error)
    await clock.flush()
    expect(await opened).toMatchObject({ code: 'invalidConfiguration', reason: 'unknownConfiguration' })
    expect(session.errorString).toMatch(/there is no default configuration to try/)
  })

  it('does not ask with ConnectInBackground: the default is tried', async () => {
    const { manager, clock } = await openLab(undefined, {
      chooser: async () => Promise.reject(new Error('nobody may be asked')),
    })
    const session = manager.createSession('userChoice')
    session.connectInBackground = true
    await Promise.all([session.open(), clock.advance(100)])
    expect(session.activeConfiguration).toBe('a')
  })

  it('close() while asking aborts the chooser and rejects, without an error event', async () => {
    let aborted = false
    const chooser: Chooser = (_candidates, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true
          reject(signal.reason)
        })
      })
    const { manager, clock } = await openLab(undefined, { chooser })
    const session = manager.createSession('userChoice')
    const told = listen(session)
    const opened = outcome(session.open())
    await clock.advance(3_600_000)
    expect(opened.value).toBe('pending')
    const closed = outcome(session.close())
    await clock.flush()
    expect([opened.value, closed.value, aborted]).toEqual(['sessionAborted/cancelled', 'resolved', true])
    expect(told).toEqual(['connecting', 'disconnected'])
  })

  it('the last caller that gives up aborts the chooser', async () => {
    let aborted = 0
    const chooser: Chooser = (_candidates, { signal }) =>
      new Promise(() => signal.addEventListener('abort', () => (aborted += 1)))
    const { manager, clock } = await openLab(undefined, { chooser })
    const session = manager.createSession('userChoice')
    const controllers = [new AbortController(), new AbortController()]
    const opened = controllers.map(({ signal }) => outcome(session.open({ signal })))
    await clock.flush()
    controllers[0]?.abort(new Error('one'))
    await clock.flush()
    expect(aborted).toBe(0)
    controllers[1]?.abort(new Error('two'))
    await clock.flush()
    expect(aborted).toBe(1)
    expect(opened.map(({ value }) => value)).toEqual(['one', 'two'])
  })

  it('M7 closing the manager aborts the chooser', async () => {
    const chooser: Chooser = () => new Promise(() => {})
    const { manager, clock } = await openLab(undefined, { chooser })
    const opened = outcome(manager.createSession('userChoice').open())
    await clock.flush()
    const closed = manager.close()
    await clock.flush()
    await closed
    expect(opened.value).toBe('sessionAborted/closed')
  })

  it('a configuration that is called userChoice is no answer, either', async () => {
    const { manager, clock } = await openLab([{ id: 'userChoice' }], { chooser: async () => 'userChoice' })
    const opened = outcome(manager.createSession('userChoice').open())
    await clock.flush()
    expect(opened.value).toBe('invalidConfiguration/chooserFailed')
  })

  it('is not asked for by an open() whose signal has aborted before', async () => {
    let asked = 0
    const chooser: Chooser = async () => {
      asked += 1
      return 'b'
    }
    const { manager, clock } = await openLab(undefined, { chooser })
    const opened = outcome(
      manager.createSession('userChoice').open({ signal: AbortSignal.abort(new Error('too late')) }),
    )
    await clock.advance(100)
    expect([opened.value, asked]).toEqual(['too late', 0])
  })

  it('the state is disconnected again when the last caller has given up (S6)', async () => {
    const { manager, clock } = await openLab(undefined, { chooser: () => new Promise(() => {}) })
    const session = manager.createSession('userChoice')
    const told = listen(session)
    const controller = new AbortController()
    session.open({ signal: controller.signal }).catch(() => undefined)
    await clock.flush()
    controller.abort()
    await clock.flush()
    expect(told).toEqual(['connecting', 'disconnected'])
  })

  it.each(['stop', 'close'] as const)(
    '%s() in the moment in which the user has chosen is in time: nothing is opened or stopped (S7, S9a)',
    async (end) => {
      const metered = { value: true, sure: true }
      const { manager, world, clock } = await openLab([{ id: 'a', link: 'up', metered }], {
        chooser: async () => 'a',
      })
      const session = manager.createSession('userChoice')
      const ended: { readonly value: string }[] = []
      session.on('usagePoliciesChanged', () => {
        if (ended.length === 0) ended.push(outcome(session[end]()))
      })
      const opened = outcome(session.open())
      await clock.advance(100)
      expect([opened.value, ...ended.map(({ value }) => value)]).toEqual([
        'sessionAborted/cancelled',
        'resolved',
      ])
      expect([session.state, session.isOpen, world.calls]).toEqual(['disconnected', false, []])
    },
  )

  it('a manager with a chooser stops links all the same (S10)', async () => {
    const { manager, world, clock } = await openLab(undefined, { chooser: async () => 'b' })
    const stopped = outcome(manager.createSession('a').stop())
    await clock.advance(100)
    expect([stopped.value, world.snapshot().configurations[0]?.link]).toEqual(['resolved', 'down'])
  })

  it('is the default where there is no other (M2)', async () => {
    const { manager } = await openLab([{ id: 'far', inRange: false }], { chooser: async () => null })
    expect(manager.defaultConfiguration().identifier).toBe('userChoice')
  })
})
