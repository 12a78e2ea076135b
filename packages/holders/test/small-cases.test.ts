import type { Clock, Held, Holders } from '@roamkit/core/contract'
import { expect, it } from 'vitest'
import { type Ground, sharedHolders, Turns } from '../src/index.js'
import { explore, type Fate } from './explorer.js'
import { ScriptedMachine, scriptedGround } from './scripted-ground.js'

const call = { signal: new AbortController().signal }

/** Short pauses are over at once, long ones never: what is explored is order. */
const clock: Clock = {
  now: () => 0,
  after(ms, run) {
    let isUndone = false
    if (ms <= 100) queueMicrotask(() => isUndone || run())
    return () => {
      isUndone = true
    }
  },
}

/** What one process does with the link. */
type Wish = 'hold' | 'stay'

/**
 * Processes that open a link and let it go as core does, in every order of their steps (each a call that leaves the process:
 * taking the lock, a posting, a bell, a request to the system), with one of them killed between any two steps.
 */
class Scene {
  readonly problems: string[] = []
  readonly #machine = new ScriptedMachine()
  readonly #fate: Fate
  readonly #pending: { readonly process: number; readonly what: string; readonly go: () => void }[] = []
  readonly #holding = new Set<number>()
  readonly #inside = new Set<number>()
  readonly #ended = new Set<number>()
  /** The activation that is up. */
  #up: string | null = null
  #activations = 0
  #kills: number
  /** Who brought the link up may be forgotten: its last holder was killed (rule H3). */
  #isOrphan = false

  constructor(fate: Fate, kills: number) {
    this.#fate = fate
    this.#kills = kills
    this.#machine.step = (process, what, run) =>
      new Promise((resolve, reject) => {
        const go = () => {
          try {
            resolve(run())
          } catch (error) {
            reject(error)
          }
        }
        this.#pending.push({ process, what, go })
      })
  }

  async play(wishes: readonly Wish[], bend: (ground: Ground) => Ground): Promise<void> {
    for (const [process, wish] of wishes.entries()) {
      const options = { clock, turns: new Turns(), name: `${process}` }
      const holders = sharedHolders(bend(scriptedGround(this.#machine, process)), options)
      void this.#live(process, wish, holders).then(() => this.#ended.add(process))
    }
    for (;;) {
      await settle()
      const alive = this.#pending.filter(({ process }) => !this.#machine.dead.has(process))
      if (alive.length === 0) break
      const victims = this.#kills > 0 ? wishes.map((_, process) => process) : []
      const running = victims.filter(
        (process) => !this.#machine.dead.has(process) && !this.#ended.has(process),
      )
      const choice = this.#fate.choose(alive.length + running.length)
      const step = alive[choice]
      if (step !== undefined) {
        this.#pending.splice(this.#pending.indexOf(step), 1)
        step.go()
      } else this.#kill(running[choice - alive.length] ?? 0)
    }
    for (const process of wishes.keys())
      if (!this.#ended.has(process) && !this.#machine.dead.has(process))
        this.problems.push(`${process} hangs`)
    if (this.#up !== null && this.#holding.size === 0 && !this.#isOrphan)
      this.problems.push('up, and nobody holds it')
    if (this.#up === null && this.#holding.size > 0) this.problems.push('down, and somebody holds it')
  }

  async #live(process: number, wish: Wish, holders: Holders): Promise<void> {
    await this.#locked(process, holders, async (held) => {
      await held.join(held.owned)
      if (this.#up === null) {
        await this.#machine.step(process, 'up', () => {
          this.#activations += 1
          this.#up = `activation ${this.#activations}`
        })
        await held.join(this.#up)
      }
      this.#holding.add(process)
    })
    if (wish === 'stay') return
    await this.#machine.step(process, 'use', () => this.#holding.delete(process))
    await this.#locked(process, holders, async (held) => {
      if (held.others === 0 && held.owned !== null && held.owned === this.#up)
        await this.#machine.step(process, 'down', () => {
          if (this.#holding.size > 0) this.problems.push(`taken down, and held by ${[...this.#holding]}`)
          this.#up = null
        })
      await held.leave()
    })
  }

  async #locked(process: number, holders: Holders, run: (held: Held) => Promise<void>): Promise<void> {
    const enter = async (held: Held) => {
      if (this.#machine.dead.has(process)) return
      if (this.#inside.size > 0) this.problems.push(`${process} is in with ${[...this.#inside]}`)
      this.#inside.add(process)
      await run(held)
      this.#inside.delete(process)
    }
    await holders.locked('here', 'b', enter, call)
  }

  #kill(process: number): void {
    this.#kills -= 1
    this.#holding.delete(process)
    this.#inside.delete(process)
    // Whoever holds it still remembers. Nobody does: the exception of rule H3.
    if (this.#holding.size === 0) this.#isOrphan = true
    this.#machine.kill(process)
  }
}

/** Long enough for everything that promises have to do between two steps. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 80; turn += 1) await undefined
}

const asItIs = (ground: Ground) => ground

/** Plays every order; resolves to how many there are and what went wrong in any. */
async function all(wishes: readonly Wish[], kills: number, bend = asItIs) {
  const problems = new Set<string>()
  const plays = await explore(async (fate) => {
    const scene = new Scene(fate, kills)
    await scene.play(wishes, bend)
    for (const problem of scene.problems) problems.add(problem)
    return problems.size > 0 ? 'last' : 'goOn'
  })
  return { plays, problems: [...problems] }
}

it.each<{ wishes: readonly Wish[]; kills: number }>([
  { wishes: ['hold', 'hold'], kills: 0 },
  { wishes: ['hold', 'hold'], kills: 1 },
  { wishes: ['hold', 'stay'], kills: 1 },
  { wishes: ['stay', 'hold'], kills: 2 },
])(
  '$wishes with $kills killed: never down while held, up while unheld, or stuck, in any order',
  async (scene) => {
    const { plays, problems } = await all(scene.wishes, scene.kills)
    console.log(`${scene.wishes}, ${scene.kills} killed: ${plays} orders`)
    expect(problems).toEqual([])
    expect(plays).toBeGreaterThan(10)
  },
  60_000,
)

it.each<{ says: string; kills: number; bend: (ground: Ground) => Ground }>([
  {
    says: 'a lock that excludes nobody',
    kills: 0,
    bend: (ground) => ({ ...ground, take: async () => ({ release() {}, isAwaited: false }) }),
  },
  { says: 'postings that are not seen', kills: 0, bend: (ground) => ({ ...ground, posted: () => [] }) },
  { says: 'nobody being believed', kills: 0, bend: (ground) => ({ ...ground, vouched: () => false }) },
  {
    says: 'a lock that is never said to be free',
    kills: 0,
    bend: (ground) => ({ ...ground, freed: () => new Promise(() => undefined) }),
  },
])('finds what $says does', async ({ kills, bend }) => {
  expect((await all(['hold', 'hold'], kills, bend)).problems).not.toEqual([])
})
