// What a scenario does and sees, written down in order with the guest's time.
import { NetworkConfigurationManager } from '@roamkit/core'
import { platform } from 'roamkit'
import { accessPointOf } from './air.mjs'
import { profileOf, uuidOf } from './machine.mjs'
import { until } from './programs.mjs'

/** Milliseconds of the guest's time for one step. */
const PATIENCE = 90_000

/** @typedef {import('@roamkit/core').NetworkSession} NetworkSession */
/** @typedef {import('./machine.mjs').Profile} Profile */

/** Identifiers of access points are UUIDs; those of service networks are what they are called here. @param {string} identifier */
const nameOf = (identifier) => profileOf(identifier)

export class Scene {
  #began = performance.now()
  /** @type {() => Promise<void>} */
  #settle
  /** @type {import('../lab.mjs').Entry[]} */
  entries = []
  #cursor = 0
  /** @type {Set<() => void>} */
  #watchers = new Set()
  /** @type {NetworkConfigurationManager[]} */
  #managers = []

  /** @param {() => Promise<void>} [settle] what follows on something seen, before the scene goes on */
  constructor(settle = async () => undefined) {
    this.#settle = settle
  }

  /** The guest's seconds since the scenario began. */
  get seconds() {
    return (performance.now() - this.#began) / 1000
  }

  /** @param {string} text */
  note(text) {
    this.entries.push({ at: Number(this.seconds.toFixed(2)), text })
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** Waits until that was noted, after what the last call of this found. @param {string} text @param {{ within?: number }} [limit] milliseconds */
  async seen(text, { within = PATIENCE } = {}) {
    const find = () => this.entries.findIndex((entry, index) => index >= this.#cursor && entry.text === text)
    await new Promise((resolve, reject) => {
      const look = () => {
        const index = find()
        if (index < 0) return
        this.#cursor = index + 1
        done()
        resolve(undefined)
      }
      const timer = setTimeout(() => {
        done()
        reject(new Error(`did not see "${text}" within ${within / 1000} s`))
      }, within)
      const done = () => {
        clearTimeout(timer)
        this.#watchers.delete(look)
      }
      this.#watchers.add(look)
      look()
    })
    await this.#settle()
  }

  /** Waits until a link that a session has left is down. @param {NetworkConfigurationManager} manager @param {Profile} profile */
  async isDown(manager, profile) {
    const isActive = () => manager.configurationFromIdentifier(uuidOf(profile)).is('active')
    await until(`${profile} is down`, () => !isActive())
  }

  /** A manager that is closed with the scene. @param {import('roamkit').PlatformOptions} [options] */
  async open(options) {
    const manager = await NetworkConfigurationManager.open(platform(options))
    this.#managers.push(manager)
    return manager
  }

  /** A session on one network, whose events are noted. @param {Profile} profile */
  async session(profile) {
    const manager = await this.open()
    const session = manager.createSession(uuidOf(profile))
    this.listen(manager, session)
    return { manager, session }
  }

  /**
   * A session that may use any of these networks, whose events are noted.
   *
   * @param {readonly Profile[]} profiles
   * @param {import('@roamkit/core').RankingPolicy} [ranking]
   */
  async roamingSession(profiles, ranking) {
    const manager = await this.open()
    manager.defineServiceNetwork({
      identifier: 'lab',
      members: profiles.map(uuidOf),
      ...(ranking !== undefined && { ranking }),
    })
    const session = manager.createSession('lab')
    this.listen(manager, session)
    return { manager, session }
  }

  /** @param {NetworkConfigurationManager} manager @param {NetworkSession} session */
  listen(manager, session) {
    session.on('stateChanged', (state) => this.note(state))
    session.on('opened', () => this.note('opened'))
    session.on('closed', () => this.note('closed'))
    session.on('error', ({ code, reason }) => this.note(`error ${code}/${reason}`))
    session.on('activeConfigurationChanged', (identifier) =>
      this.note(`uses ${nameOf(identifier) || 'nothing'}`),
    )
    session.on('roamingStarted', ({ from, to, because, explanation }) =>
      this.note(`roams ${from.name} -> ${to.name}: ${because === 'better' ? explanation?.because : because}`),
    )
    session.on('offerWithdrawn', ({ name }) => this.note(`offer withdrawn: ${name}`))
    session.on('interfaceChanged', ({ gateways }) => this.note(`gateway ${gateways.join(' ')}`))
    let { point } = session.configuration
    manager.on('configurationChanged', (configuration) => {
      if (configuration.identifier !== session.configuration.identifier || configuration.point === point)
        return
      point = configuration.point
      // While it comes up, NetworkManager may show one that it did not choose.
      if (session.isConnected)
        this.note(accessPointOf(point) === null ? 'no access point' : 'another access point')
    })
  }

  /** Offers are migrated to, and trials decided by the function. @param {NetworkSession} session @param {(trial: import('@roamkit/core').RoamingTrial) => Promise<unknown>} decide */
  consult(session, decide) {
    session.on('preferredConfigurationChanged', ({ name }, isSeamless, offer) => {
      this.note(`offer ${name}, ${isSeamless ? 'seamless' : 'not seamless'}`)
      void offer.migrate()
    })
    session.on('newConfigurationActivated', async (trial) => {
      this.note(`trial ${trial.configuration.name}`)
      await decide(trial)
    })
  }

  async close() {
    await Promise.all(this.#managers.map((manager) => manager.close()))
  }
}
