import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('holders-child.mjs', import.meta.url))

/** How long an order may take; what takes longer hangs. */
const PATIENCE = 15_000

/** What a child is told to do. */
export interface Order {
  readonly order: number
  readonly verb: 'open' | 'close' | 'stop' | 'holders' | 'leave'
  readonly id: string
}

/** What came of it: `resolved`, or code and reason. */
export interface Outcome {
  readonly outcome: string
  readonly value: unknown
}

/** What children see as the network: the parent's scripted world, or the machine's own. */
export interface FamilyWorld {
  readonly kind: 'mock' | 'networkmanager'
  /** Answers what a child asks of its backend. */
  serve(child: ChildProcess, message: { readonly type: string }): void
  /** The child is gone. */
  forget(child: ChildProcess): void
}

/** A process that holds links for its parent. */
export class FamilyMember {
  readonly name: string
  readonly process: ChildProcess
  isAlive = true
  /** Told of what its sessions do unasked. */
  told: (event: {
    readonly type: string
    readonly id: string
    readonly reason?: string
    readonly facts?: string
  }) => void = () => {}
  readonly #world: FamilyWorld
  readonly #waiting = new Map<number, { resolve(outcome: Outcome): void; undo(): void }>()
  #orders = 0

  private constructor(name: string, child: ChildProcess, world: FamilyWorld) {
    this.name = name
    this.process = child
    this.#world = world
  }

  /** Starts one; resolves when its manager is open. */
  static async start(
    name: string,
    world: FamilyWorld,
    { node = process.execPath, user = null }: { readonly node?: string; readonly user?: number | null } = {},
  ): Promise<FamilyMember> {
    const child = fork(PROGRAM, {
      execPath: node,
      execArgv: [],
      env: { ...process.env, ROAMKIT_WORLD: world.kind },
      ...(user === null ? {} : { uid: user, gid: user }),
    })
    const member = new FamilyMember(name, child, world)
    const ready = new Promise<boolean>((resolve, reject) => {
      child.on('message', (message: { type: string; isShared?: boolean }) => {
        if (message.type === 'ready') resolve(message.isShared === true)
        else member.#hear(message)
      })
      child.on('exit', (code, signal) => {
        member.#end()
        reject(new Error(`${name} ended with ${code ?? signal} before it was ready`))
      })
    })
    if (!(await ready)) throw new Error(`${name} has no systemSessionSupport`)
    return member
  }

  /** Has it do something; rejects where that does not come to an end. One that is killed meanwhile comes to `killed`. */
  order(verb: Order['verb'], id: string): Promise<Outcome> {
    if (!this.isAlive) return Promise.resolve({ outcome: 'killed', value: null })
    this.#orders += 1
    const order = this.#orders
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.name}: ${verb} ${id} has not come to an end`)),
        PATIENCE,
      )
      this.#waiting.set(order, { resolve, undo: () => clearTimeout(timer) })
      this.process.send({ type: 'order', order, verb, id })
    })
  }

  /** SIGKILL; resolves when it is dead. */
  async kill(): Promise<void> {
    if (!this.isAlive) return
    const exit = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await exit
  }

  /** Closes its manager, and waits for the process to end by itself. */
  async leave(): Promise<void> {
    if (!this.isAlive) return
    const exit = once(this.process, 'exit', { signal: AbortSignal.timeout(PATIENCE) })
    this.process.send({ type: 'order', order: 0, verb: 'leave', id: '' })
    await exit
  }

  #hear(message: { readonly type: string }): void {
    if (message.type === 'done') {
      const { order, outcome, value } = message as unknown as Outcome & { readonly order: number }
      this.#settle(order, { outcome, value })
    } else if (['error', 'opened', 'closed'].includes(message.type)) this.told(message as never)
    else this.#world.serve(this.process, message)
  }

  #settle(order: number, outcome: Outcome): void {
    const waiting = this.#waiting.get(order)
    this.#waiting.delete(order)
    waiting?.undo()
    waiting?.resolve(outcome)
  }

  #end(): void {
    this.isAlive = false
    this.#world.forget(this.process)
    for (const order of [...this.#waiting.keys()]) this.#settle(order, { outcome: 'killed', value: null })
  }
}
