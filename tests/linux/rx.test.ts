import { byOrder, type NetworkSession, type ServiceNetworkDefinition } from '@roamkit/core'
import { carrier } from '@roamkit/lab-linux'
import {
  acceptWhen,
  decideRoaming,
  ignoreUnlessSeamless,
  online$,
  select$,
  session$,
  state$,
  traffic$,
} from '@roamkit/rx'
import { probe } from 'roamkit'
import { distinctUntilChanged, map, type Observable, Subject, switchMap } from 'rxjs'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { brokerAnswers } from '../../examples/gateway/src/broker-answers.js'
import { gateway } from '../../examples/gateway/src/gateway.js'
import { NOTHING, type Numbers } from '../../examples/gateway/src/numbers.js'
import { startRemoteBroker } from './gateway.js'
import { activeState, calm, openHost, PROFILE, until } from './host.js'

type Link = keyof typeof PROFILE

/** What each scenario took: the last thing that is printed. */
const times: string[] = []

beforeEach(calm)
afterAll(calm)
afterAll(() => console.log(`rx on real NetworkManager, ms: ${times.join('; ')}`))

/** The lab's links as one network, best first. */
function network(...links: Link[]): ServiceNetworkDefinition {
  const members = links.map((link) => PROFILE[link])
  return { identifier: `lab:${links.join('')}`, members, ranking: [byOrder(members)] }
}

/** What a stream emits, until the test is over. */
function collect<Value>(stream: Observable<Value>): Value[] {
  const values: Value[] = []
  const subscription = stream.subscribe((value) => values.push(value))
  onTestFinished(() => subscription.unsubscribe())
  return values
}

describe('streams on real NetworkManager', () => {
  it('session$ brings a link up and takes it down; states and interfaces belong together', async () => {
    const manager = await openHost()
    const pairs: string[] = []
    const running = session$(manager, PROFILE.b)
      .pipe(
        map(({ session }) => session),
        distinctUntilChanged(),
        switchMap((session) => select$(session, (now) => ({ state: now.state, link: now.interface }))),
      )
      .subscribe(({ state, link }) => pairs.push(`${state} ${link?.name ?? 'nowhere'}`))
    onTestFinished(() => running.unsubscribe())
    await until(() => expect(pairs).toContain('connected eth-b'))
    expect(await activeState('lab-b')).toBe('activated')
    expect(pairs).toEqual(['disconnected nowhere', 'connecting nowhere', 'connected eth-b'])
    running.unsubscribe()
    await until(async () => expect(await activeState('lab-b')).toBe('down'))
  })

  it('a pulled cable is a value in every stream that it concerns, in one go', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.a)
    const [states, online] = [collect(state$(session)), collect(online$(manager))]
    expect([states, online]).toEqual([['connected'], [true]])
    await carrier('a', 'down')
    await until(() => expect(states.at(-1)).not.toBe('connected'))
    expect(online.at(-1)).toBe(false)
    await carrier('a', 'up')
    await until(() => expect([states.at(-1), online.at(-1)]).toEqual(['connected', true]))
  })

  it('traffic$ counts what goes through the link', async () => {
    const manager = await openHost()
    const session = manager.createSession(PROFILE.a)
    const readings = collect(traffic$(session, { every: 20 }))
    const { received } = readings[0] ?? { received: 0 }
    const response = await fetch('http://203.0.113.1:8080/bytes/1000000')
    expect((await response.arrayBuffer()).byteLength).toBe(1_000_000)
    await until(() => expect(readings.at(-1)?.received).toBeGreaterThan(received + 1_000_000))
  })

  it('decideRoaming: stays where addresses would change, until the link is lost; then on the one that the probe finds good', async () => {
    const manager = await openHost()
    await carrier('b', 'down')
    const session = manager.createSession(manager.defineServiceNetwork(network('b', 'a')))
    await session.open()
    const isGood = acceptWhen(
      async (link, call) => (await probe(link, { host: '10.91.1.1', port: 8080 }, call)).ok,
    )
    const decisions = collect(decideRoaming(session, ignoreUnlessSeamless(), isGood))
    const letterOf = (identifier: string) => Object.entries(PROFILE).find(([, id]) => id === identifier)?.[0]
    const words = () =>
      decisions.map(({ question, answer, tookEffect }) =>
        [letterOf(question.configuration.identifier), answer, tookEffect].join(' '),
      )
    await carrier('b', 'up')
    await until(() => expect(words()).toEqual(['b ignore true']))
    await carrier('a', 'down')
    await until(() => expect(words().slice(1)).toEqual(['b migrate true', 'b accept true']), 15_000)
    await until(() => expect(session.state).toBe('connected'))
    expect(session.activeConfiguration).toBe(PROFILE.b)
  })

  it('decideRoaming: goes back from what the probe finds bad', async () => {
    const manager = await openHost()
    await carrier('b', 'down')
    const session = manager.createSession(manager.defineServiceNetwork(network('b', 'a')))
    await session.open()
    const decisions = collect(
      decideRoaming(
        session,
        acceptWhen(async (link, call) => (await probe(link, { host: '10.91.1.1', port: 1 }, call)).ok),
      ),
    )
    await carrier('b', 'up')
    await until(() => expect(decisions.map(({ answer }) => answer)).toEqual(['migrate', 'reject']), 15_000)
    await until(async () => expect(await activeState('lab-b')).toBe('down'))
    expect([session.state, session.activeConfiguration]).toEqual(['connected', PROFILE.a])
  })
})

describe('the gateway on real NetworkManager', () => {
  it('delivers every reading over two roams and a time without any link, from the address of the link in use', async () => {
    const manager = await openHost()
    const broker = await startRemoteBroker()
    const opened = session$(manager, manager.defineServiceNetwork(network('a', 'b')), { keepOpen: true })
    const sessions = collect(opened)
    await until(() => expect(sessions.at(-1)?.isOpen).toBe(true))
    const { session } = sessions.at(-1) as { readonly session: NetworkSession }
    const reading$ = new Subject<string>()
    const numbers = collect<Numbers>(gateway({ session, broker: broker.url, reading$ }))
    const now = () => numbers.at(-1) ?? NOTHING
    let readings = 0
    const read = (count: number) => {
      for (let one = 0; one < count; one += 1) reading$.next(`reading ${++readings}`)
    }
    const delivered = () => until(() => expect(now()).toMatchObject({ acknowledged: readings, waiting: 0 }))

    read(100)
    await delivered()
    const pulled = performance.now()
    await carrier('a', 'down')
    read(100)
    await delivered()
    times.push(
      `gateway: cable pulled to everything delivered over the other link ${Math.round(performance.now() - pulled)}`,
    )
    expect(session.activeConfiguration).toBe(PROFILE.b)
    await carrier('b', 'down')
    await until(() => expect(session.state).not.toBe('connected'))
    read(100)
    expect(now().waiting + now().inFlight).toBe(100)
    const plugged = performance.now()
    await carrier('a', 'up')
    await delivered()
    times.push(`gateway: cable in to everything delivered ${Math.round(performance.now() - plugged)}`)
    expect(now().dropped).toBe(0)
    const { received, from } = await broker.stop()
    expect([...new Set(received)]).toEqual(Array.from({ length: 300 }, (_, index) => `reading ${index + 1}`))
    expect(networksOf(from).filter((link, index, all) => link !== all[index - 1])).toEqual(['a', 'b', 'a'])
  })

  it('asks the broker through the candidate before it moves there, while another link has the default route', async () => {
    const manager = await openHost()
    const broker = await startRemoteBroker()
    await carrier('b', 'down')
    const policies = [acceptWhen((link, call) => link !== null && brokerAnswers(link, broker.url, call))]
    const opened = session$(manager, manager.defineServiceNetwork(network('b', 'a')), { policies })
    const sessions = collect(opened)
    await until(() => expect(sessions.at(-1)?.isConnected).toBe(true))
    const { session } = sessions.at(-1) as { readonly session: NetworkSession }
    const reading$ = new Subject<string>()
    const numbers = collect<Numbers>(gateway({ session, broker: broker.url, reading$ }))
    await until(() => expect(numbers.at(-1)?.connections).toBe(1))
    await carrier('b', 'up')
    await until(() => expect(sessions.at(-1)?.activeConfiguration).toBe(PROFILE.b), 20_000)
    await until(() => expect(numbers.at(-1)?.connections).toBe(2))
    expect(await activeState('lab-a')).toBe('activated')
    reading$.next('by b')
    await until(() => expect(numbers.at(-1)?.acknowledged).toBe(1))
    const { received, from } = await broker.stop()
    expect(received).toEqual(['by b'])
    // The gateway, the question, and the gateway again.
    expect(networksOf(from)).toEqual(['a', 'b', 'b'])
  })
})

/** The links that have these addresses. */
function networksOf(addresses: readonly string[]): string[] {
  return addresses.map((address) => ['a', 'b', 'c'][Number(/^10\.91\.(\d)\./.exec(address)?.[1])] ?? address)
}
