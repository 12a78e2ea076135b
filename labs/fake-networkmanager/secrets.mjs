// Secret agents: programs that NetworkManager asks for keys.

import { SETTINGS_PATH } from './names.mjs'

/**
 * Calls a method of an agent, and resolves to the body of its answer.
 *
 * @typedef {(agent: string, member: string, signature: string, body: unknown[]) => Promise<any[]>} CallAgent
 */

const SECURITY = '802-11-wireless-security'
/** `NMSecretAgentGetSecretsFlags` */
const ALLOW_INTERACTION = 0x1
const REQUEST_NEW = 0x2
const USER_REQUESTED = 0x4

export class Agents {
  /** Unique names. @type {Set<string>} */
  #names = new Set()
  #call

  /** @param {CallAgent} call */
  constructor(call) {
    this.#call = call
  }

  /** @param {string} name */
  register(name) {
    this.#names.add(name)
  }

  /** @param {string} name */
  unregister(name) {
    this.#names.delete(name)
  }

  /**
   * The key that an agent has for a profile; `null` if there is none.
   *
   * @param {import('./profile.mjs').Profile} profile
   * @param {{ isNew: boolean }} options whether the last one was wrong
   * @returns {Promise<string | null>}
   */
  async ask(profile, { isNew }) {
    for (const name of this.#names) {
      const flags = ALLOW_INTERACTION | USER_REQUESTED | (isNew ? REQUEST_NEW : 0)
      const body = [this.#settings(profile, isNew), profile.path, SECURITY, [], flags]
      try {
        const [secrets] = await this.#call(name, 'GetSecrets', 'a{sa{sv}}osasu', body)
        const key = secrets?.[SECURITY]?.psk
        return typeof key === 'string' ? key : null
      } catch {
        return null // it has none, or it does not want to say
      }
    }
    return null
  }

  /** @param {import('./profile.mjs').Profile} profile */
  save(profile) {
    this.#tell('SaveSecrets', profile, profile.path)
  }

  /** Of a profile that is gone, and has no path any more. @param {import('./profile.mjs').Profile} profile */
  forget(profile) {
    this.#tell('DeleteSecrets', profile, SETTINGS_PATH)
  }

  /** @param {string} member @param {import('./profile.mjs').Profile} profile @param {string} path */
  #tell(member, profile, path) {
    for (const name of this.#names)
      this.#call(name, member, 'a{sa{sv}}o', [this.#settings(profile, false), path]).catch(() => undefined)
  }

  /** @param {import('./profile.mjs').Profile} profile @param {boolean} withKey */
  #settings(profile, withKey) {
    const { stored } = profile
    if (!withKey || profile.key === null) return stored
    return { ...stored, [SECURITY]: { ...stored[SECURITY], psk: profile.key } }
  }
}
