import type { NetworkConfigurationManager, NetworkSession, SessionState } from '@roamkit/core'
import { uuidOf } from '@roamkit/lab-fake-networkmanager'
import type { RandomNumbers } from '../linux/storm-random.js'
import type { Stage } from './stage.js'

const NM = 'org.freedesktop.NetworkManager'
const ACCESS_POINTS = ['near', 'far', 'guest', 'hidden'] as const
const NETWORKS = ['home', 'guest', 'wrong-key', 'hidden', 'cable'] as const
const SIGNALS = [-45, -60, -75, -85] as const
const SPOILED = ['ActivateConnection', 'DeactivateConnection', 'Get', 'GetSettings'] as const
/** A profile whose settings are refused is no configuration, so they are not refused here. */
const REFUSED = ['ActivateConnection', 'DeactivateConnection', 'Get'] as const

/** Virtual milliseconds between two acts: at once, in the middle of something, and after it. */
const PAUSES = [0, 1, 10, 25, 100, 1000, 5000] as const
/** Virtual milliseconds: everything is settled long before. */
const PATIENCE = 300_000
/** What has held for so long is at rest, in virtual milliseconds. */
const REST = 10_000

/** `NMActiveConnectionState` of a link that is up */
const UP = 2

/** The `NMActiveConnectionState` that one of its links has, by the state of a session; `null`: it is not open. */
const EXPECTED: Readonly<Record<SessionState, readonly number[] | null>> = {
  connecting: [0, 1],
  connected: [UP],
  roaming: [0, 1],
  closing: [3],
  disconnected: null,
  notAvailable: null,
  invalid: null,
}

/** Acts of the lab and calls of an application, at random, and what must hold when it is quiet again. */
export class Variation {
  readonly #stage: Stage
  readonly #random: RandomNumbers
  readonly #opens: Promise<unknown>[] = []
  /** What was done, for the message of a fault. */
  readonly #script: string[] = []
  #manager!: NetworkConfigurationManager
  #sessions: NetworkSession[] = []

  constructor(stage: Stage, random: RandomNumbers) {
    this.#stage = stage
    this.#random = random
  }

  /** Resolves to what did not hold. */
  async play(): Promise<string[]> {
    if (this.#random.integer(2) === 0) this.#stage.world.cable('in')
    this.#manager = await this.#stage.manager({ retryAfter: 1000, reopenJitter: 0 })
    try {
      this.#manager.defineServiceNetwork({ identifier: 'any', members: NETWORKS.map(uuidOf) })
      const single = this.#random.pick(NETWORKS)
      this.#sessions = [this.#manager.createSession(uuidOf(single)), this.#manager.createSession('any')]
      const steps = 4 + this.#random.integer(7)
      for (let step = 0; step < steps; step += 1) {
        await this.#step()
        await this.#stage.clock.advance(this.#random.pick(PAUSES))
      }
      return await this.#judge()
    } finally {
      const closed = this.#manager.close()
      await this.#stage.clock.advance(60_000)
      await closed
    }
  }

  async #step(): Promise<void> {
    const { faults, nm, world } = this.#stage
    const accessPoint = this.#random.pick(ACCESS_POINTS)
    const session = this.#random.pick(this.#sessions)
    const act = this.#random.pick([
      ...(['open', 'open', 'open', 'close', 'stop', 'signal', 'signal', 'range', 'range', 'power'] as const),
      ...(['cable', 'cable', 'radio', 'late', 'refused', 'unanswered', 'shuffle', 'restart'] as const),
    ])
    this.#script.push(act)
    switch (act) {
      case 'open':
        this.#opens.push(session.open({ keepOpen: this.#random.integer(2) === 0 }).catch(() => undefined))
        break
      case 'close':
        session.close().catch(() => undefined)
        break
      case 'stop':
        session.stop().catch(() => undefined)
        break
      case 'signal':
        world.setSignal(accessPoint, this.#random.pick(SIGNALS))
        break
      case 'range':
        world.setInRange(accessPoint, this.#random.integer(2) === 0)
        break
      case 'power':
        if (this.#random.integer(2) === 0) world.switchOff(accessPoint)
        else world.switchOn(accessPoint)
        break
      case 'cable':
        world.cable(this.#random.pick(['in', 'out']))
        break
      case 'radio':
        nm.enableWireless(!nm.isWirelessEnabled)
        break
      case 'late':
        faults.spoil(this.#random.pick(SPOILED), { answer: 'late', milliseconds: this.#random.integer(5000) })
        break
      case 'refused':
        faults.spoil(this.#random.pick(REFUSED), {
          answer: 'refused',
          isCarriedOut: this.#random.integer(2) === 0,
        })
        break
      case 'unanswered':
        faults.spoil(this.#random.pick(SPOILED), {
          answer: 'never',
          isCarriedOut: this.#random.integer(2) === 0,
        })
        break
      case 'shuffle':
        faults.shuffle = (below) => this.#random.integer(below)
        break
      case 'restart':
        await this.#stage.restart()
    }
  }

  /** Everything works again, and what is under way comes to its end. */
  async #judge(): Promise<string[]> {
    this.#stage.faults.heal()
    const { nm } = this.#stage
    if (!nm.isWirelessEnabled) nm.enableWireless(true)
    let isSettled = false
    void Promise.all(this.#opens).then(() => {
      isSettled = true
    })
    const wrong = () => [
      ...(isSettled ? [] : ['an open() is not settled']),
      ...this.#wrongLinks(),
      ...this.#sessions.flatMap((session) => this.#wrongSession(session)),
    ]
    for (let waited = 0; waited < PATIENCE && wrong().length > 0; waited += REST)
      await this.#stage.clock.advance(REST)
    await this.#stage.clock.advance(REST)
    return wrong().map((fault) => `${fault} (${this.#script.join()})`)
  }

  /** What the manager says of links that the fake does not say, and the other way round. */
  #wrongLinks(): string[] {
    const { nm } = this.#stage
    if (this.#manager.service !== 'ready') return ['the service is lost']
    return NETWORKS.flatMap((name) => {
      const isUp = nm.actives.some(({ profile, state }) => profile.id === name && state === UP)
      const isActive = this.#manager.configurationFromIdentifier(uuidOf(name)).is('active')
      if (isUp && isActive) return this.#wrongPoint(name)
      return isUp === isActive ? [] : [`${name} is ${isActive ? '' : 'not '}active`]
    })
  }

  /** The access point that the manager shows is the one that the fake is on. */
  #wrongPoint(name: (typeof NETWORKS)[number]): string[] {
    const { nm } = this.#stage
    const device = nm.devices.find(({ active }) => active?.profile.id === name)
    const on = device && nm.objects.read(device.path, `${NM}.Device.Wireless`).ActiveAccessPoint
    const address = nm.objects.read(on ?? '/', `${NM}.AccessPoint`).HwAddress ?? null
    const { point } = this.#manager.configurationFromIdentifier(uuidOf(name))
    return point === address ? [] : [`${name} is on ${address}, and not on ${point}`]
  }

  #wrongSession(session: NetworkSession): string[] {
    const { identifier } = session.configuration
    const states = this.#stage.nm.actives
      .filter(({ profile }) => identifier === 'any' || profile.uuid === identifier)
      .map((active) => active.state)
    const expected = EXPECTED[session.state]
    const isRight =
      expected === null ? session.isOpen === false : states.some((one) => expected.includes(one))
    return isRight
      ? []
      : [`a session is ${session.isOpen ? 'open and ' : ''}${session.state}, links: ${states}`]
  }
}
