// Runs contestants against the bench's server: each in a process of its own, which ends with its run.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PrivateBus } from '@roamkit/lab-fake-networkmanager'
import { sdBus } from '../set-up.mjs'
import { sourceFile } from '../source.mjs'
import { CYCLE } from './nm-like.mjs'

const CLIENT = fileURLToPath(new URL('client.mjs', import.meta.url))
const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url))

/** @typedef {'direct' | 'daemon'} Way to a socket where the server plays the bus, or to a private dbus-daemon */
/** @typedef {{ command: 'signals' | 'objects', times: number }} Task `times` signals, or that many calls */

export class Contest {
  #internals
  #sdBus
  #server
  #address
  #close

  /**
   * @param {{ internals: string, program: string, server: import('node:child_process').ChildProcess, address: string }} parts
   * @param {() => Promise<void>} close
   */
  constructor({ internals, program, server, address }, close) {
    this.#internals = internals
    this.#sdBus = program
    this.#server = server
    this.#address = address
    this.#close = close
  }

  /** @param {Way} way */
  static async open(way) {
    const program = await sdBus()
    const { file: internals, remove } = await sourceFile(
      ...['backend-linux', 'bus/bus', 'bus/message-writer', 'networkmanager/objects/mirror'],
    )
    const folder = mkdtempSync(`${tmpdir()}/roamkit-bench-`)
    const bus = way === 'daemon' ? await PrivateBus.start() : null
    const address = bus?.address ?? `unix:path=${folder}/bus`
    const server = fork(SERVER, [way, bus === null ? `${folder}/bus` : address])
    await once(server, 'message')
    return new Contest({ internals, program, server, address }, async () => {
      server.kill()
      await bus?.stop()
      rmSync(folder, { recursive: true })
      remove()
    })
  }

  /** A multiple of the cycle, and the last one. @param {number} about */
  static signals(about) {
    return Math.max(1, Math.round(about / CYCLE)) * CYCLE + 1
  }

  /**
   * Does some tasks one after the other, in a fresh process. Resolves to the microseconds of CPU time that each took the process.
   *
   * @param {string} name of a contestant in client.mjs, or `sd-bus`
   * @param {readonly Task[]} tasks
   * @param {readonly string[]} [flags] of Node
   */
  async run(name, tasks, flags = []) {
    const [program, args] =
      name === 'sd-bus'
        ? [this.#sdBus, [this.#address]]
        : [process.execPath, [...flags, CLIENT, name, this.#address, this.#internals]]
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const next = async () => {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${name} ended too early`)
      return value
    }
    await next()
    const times = []
    for (const { command, times: count } of tasks) {
      child.stdin.write(`${command} ${count}\n`)
      if (command === 'signals') {
        await next()
        this.#server.send(count - 1)
      }
      times.push(Number(await next()))
    }
    const ended = once(child, 'close')
    child.stdin.end()
    await ended
    return times
  }

  async close() {
    await this.#close()
  }
}
