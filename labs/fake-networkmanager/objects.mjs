// Objects with properties, and the signals that tell how they change: `ObjectManager` and `Properties` of D-Bus, without a bus.
import { OBJECT_MANAGER, PROPERTIES, ROOT_PATH } from './names.mjs'

/**
 * @typedef {{ path: string, interface: string, member: string, body: unknown[] }} Signal
 * @typedef {Record<string, unknown>} Properties
 * @typedef {Record<string, Properties>} Interfaces
 * @typedef {Record<string, Interfaces>} ObjectTable by path
 */

export class Objects {
  /** @type {ObjectTable} */
  all = {}
  #say
  /** What is told later, together. @type {Map<string, Properties> | null} */
  #held = null

  /** @param {(signal: Signal) => void} say hears of everything, in order */
  constructor(say) {
    this.#say = say
  }

  /** @param {string} path @param {string} name @returns {any} the properties of one interface; empty if there is none */
  read(path, name) {
    return this.all[path]?.[name] ?? {}
  }

  /** @param {string} path @param {string} name @param {string} member @param {unknown[]} body */
  signal(path, name, member, ...body) {
    this.#say({ path, interface: name, member, body })
  }

  /** Tells of objects that are there from now on. @param {ObjectTable} objects */
  add(objects) {
    for (const [path, interfaces] of Object.entries(objects)) {
      this.all[path] = { ...this.all[path], ...structuredClone(interfaces) }
      this.signal(ROOT_PATH, OBJECT_MANAGER, 'InterfacesAdded', path, interfaces)
    }
  }

  /** @param {string} path */
  remove(path) {
    const names = Object.keys(this.all[path] ?? {})
    delete this.all[path]
    if (names.length > 0) this.signal(ROOT_PATH, OBJECT_MANAGER, 'InterfacesRemoved', path, names)
  }

  /** Changes properties of an interface, and tells of them, whether or not they had that value. @param {string} path @param {string} name @param {Properties} properties */
  change(path, name, properties) {
    const stored = this.all[path]?.[name]
    if (stored === undefined) return
    Object.assign(stored, structuredClone(properties))
    const key = `${path} ${name}`
    const held = this.#held?.get(key)
    if (held === undefined) this.signal(path, PROPERTIES, 'PropertiesChanged', name, properties, [])
    else Object.assign(held, properties)
  }

  /**
   * Tells what changes of an interface meanwhile in one signal, afterwards.
   *
   * @param {string} path
   * @param {string} name
   * @param {() => void} run
   */
  together(path, name, run) {
    this.#held = new Map([[`${path} ${name}`, {}]])
    run()
    const properties = this.#held.get(`${path} ${name}`) ?? {}
    this.#held = null
    if (Object.keys(properties).length > 0) this.change(path, name, properties)
  }
}
